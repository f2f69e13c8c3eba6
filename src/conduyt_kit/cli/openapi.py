"""``conduyt openapi``."""

from pathlib import Path

import click
import msgspec

from conduyt_kit.cli.state import State, pass_state


@click.command()
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of standard output.")
@pass_state
def openapi(state: State, output: Path | None) -> None:
    """Print the OpenAPI document of every enabled feature and plugin."""
    from conduyt_kit.kernel.openapi import openapi_document

    kit = state.kit()
    document = openapi_document(kit.endpoints)
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    if output is None:
        click.echo(text)
        return
    output.write_text(text + "\n", "utf-8")
    click.echo(f"Wrote {len(kit.endpoints)} operations to {output}")
