"""``conduyt config``: every setting, its value in force and where that came from; and a file to begin with."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.kernel.settings import Secret, SettingsSpec

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


@click.group()
def config() -> None:
    """Explain the settings in force."""


@config.command()
@click.argument("section", required=False)
@pass_state
def explain(state: State, section: str | None) -> None:
    """Show every setting: its value (secrets hidden), its source, its environment variable, what it is for.

    With SECTION, such as database, only that one; "kit" is the kit's own.
    """
    kit = state.kit()
    sections = list(dict.fromkeys(item.section for item in kit.settings.explained))
    if section is not None:
        wanted = "" if section == "kit" else section
        if wanted not in sections:
            raise click.UsageError(f"There is no section {section!r}; there are: kit, {', '.join(filter(None, sections))}")
        sections = [wanted]
    for name in sections:
        click.secho(f"[{name}]" if name else "The kit's own", bold=True)
        for item in kit.settings.explained:
            if item.section == name:
                click.echo(f"  {item.key} = {item.shown or chr(34) * 2}    from {item.source}; {item.env}")
                click.secho(f"      {item.doc}", dim=True)
        click.echo()


@config.command()
@pass_state
def example(state: State) -> None:
    """Print a conduyt.toml with every setting, commented out, at its default."""
    lines = ["# Settings of Conduyt Kit. Remove the # before what you set; everything shown is the default."]
    for spec in _specs(state.kit()):
        lines += ["", *([f"[{spec.name}]"] if spec.name else []), *_commented(spec)]
    click.echo("\n".join(lines))


def _specs(kit: "Kit") -> tuple[SettingsSpec, ...]:
    from conduyt_kit.assembly import settings_specs
    from conduyt_kit.kit import RETENTION_SETTINGS
    from conduyt_kit.kit_settings import KIT_SETTINGS

    return (KIT_SETTINGS, RETENTION_SETTINGS, *settings_specs(kit.manager))


def _commented(spec: SettingsSpec) -> list[str]:
    lines = [f"# {spec.description}"] if spec.description else []
    defaults = spec.cls()
    for field in attrs.fields(spec.cls):
        lines.append(f"# {field.metadata.get('doc', '')} ({spec.env_of(field)})")
        lines.append(f"# {field.name} = {as_toml(getattr(defaults, field.name))}")
    return lines


def as_toml(value: Any) -> str:
    """Return a setting's value as TOML; ``None`` as the empty text, which every setting that may be ``None`` reads as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Secret | None):
        return '""'
    if isinstance(value, dt.timedelta):
        return repr(value.total_seconds())
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(key)} = {as_toml(item)}' for key, item in value.items())}}}"
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
