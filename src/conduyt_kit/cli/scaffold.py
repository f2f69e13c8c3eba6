"""``conduyt new``: a plugin or a feature folder that works from the first minute, with its tests."""

import re
from pathlib import Path

import attrs
import click

from conduyt_kit.cli.templates import nouns_of, write_template

KINDS = ("feature", "channel", "storage", "billing", "jobs", "transport", "policy")

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@click.group()
def new() -> None:
    """Write a new plugin or feature."""


@new.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the plugin is to provide.")
@click.option("--in", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to make its folder.")
def plugin(name: str, kind: str, folder: Path) -> None:
    """Write the plugin NAME, such as acme-sms: a distribution of its own, whose tests pass.

    \b
    feature    a new kind of record with endpoints, events and activities
    channel    a provider of e-mail or SMS
    storage    a storage backend
    billing    a provider of payments
    jobs       a way to run jobs
    transport  a way to serve the API
    policy     a small rule of the kit, here how requests are limited
    """
    nouns = nouns_of(_checked(name.removeprefix("conduyt-")))
    target = folder / nouns.distribution
    if target.exists():
        raise click.ClickException(f"{target} exists already; choose another name or remove it")
    written = [*write_template("plugin", target, nouns), *write_template(kind, target, nouns)]
    if kind == "feature":
        written += write_template("slice", target, nouns)
    _tell(written)
    click.echo(f"\nInstall it with `pip install -e {target}`, run its tests with `pytest {target}`,")
    click.echo(f"and add {nouns.plugin!r} to `plugins` in conduyt.toml.")


@new.command()
@click.argument("name")
@click.option(
    "--in", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="The folder of the plugin."
)
def feature(name: str, folder: Path) -> None:
    """Write the feature NAME, a plural such as properties, into a plugin of yours."""
    package = _package_in(folder)
    nouns = attrs.evolve(nouns_of(_checked(name)), package=package)
    if (folder / "src" / package / "features" / nouns.plural).exists():
        raise click.ClickException(f"{folder} has the feature {nouns.plural!r} already; choose another name or remove it")
    _tell(write_template("slice", folder, nouns))
    module, constant = f"{package}.features.{nouns.plural}.feature", nouns.plural.upper()
    click.echo(f"\nReturn it from `conduyt_features` of the plugin:\n\n    from {module} import {constant}")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        problem = f"{name!r} is not a name such as acme-sms: lower-case letters, digits and single dashes"
        raise click.BadParameter(problem, param_hint="NAME")
    return name


def _package_in(folder: Path) -> str:
    packages = sorted(path.parent.name for path in folder.glob("src/*/plugin.py"))
    if len(packages) != 1:
        found = f"{len(packages)} packages" if packages else "no package"
        raise click.ClickException(f"{folder} holds {found} with a plugin.py under src/; give the folder of one plugin")
    return packages[0]


def _tell(written: list[Path]) -> None:
    for path in written:
        click.echo(f"wrote {path}")
