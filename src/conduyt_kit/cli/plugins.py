"""``conduyt plugins``: what is installed, what runs, and what each plugin hooks into."""

from importlib import metadata
from typing import TYPE_CHECKING

import attrs
import click

from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.tables import write_table

if TYPE_CHECKING:
    from conduyt_kit.extension.plugin import KitPlugin


@attrs.frozen(kw_only=True)
class _Row:
    name: str
    version: str
    distribution: str
    status: str
    hooks: str


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """List the installed plugins."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@plugins.command("list")
@pass_state
def list_(state: State) -> None:
    """List the installed plugins, those that run first."""
    from conduyt_kit.builtin import builtin_plugins
    from conduyt_kit.extension.manager import findable

    available = findable()
    running = state.plugin_names
    rows = [_row(plugin, "conduyt-kit", "built in") for plugin in builtin_plugins()]
    rows += [_installed(name, available.get(name), "selected") for name in running]
    rows += [_installed(name, point, "installed only") for name, point in sorted(available.items()) if name not in running]
    write_table(("PLUGIN", "VERSION", "DISTRIBUTION", "STATUS", "HOOKS"), [attrs.astuple(row) for row in rows])


def _installed(name: str, point: metadata.EntryPoint | None, status: str) -> _Row:
    from conduyt_kit.extension.manager import load_plugins
    from conduyt_kit.kernel.errors import PluginError

    if point is None:
        return _Row(name=name, distribution="-", version="-", status="selected, but not installed", hooks="")
    distribution = point.dist.name if point.dist else "-"
    try:
        return _row(load_plugins([name])[0], distribution, status)
    except PluginError as error:
        click.echo(f"Error: {error.message}", err=True)
        return _Row(name=name, distribution=distribution, version=_version(distribution), status="broken", hooks="")


def _row(plugin: "KitPlugin", distribution: str, status: str) -> _Row:
    from conduyt_kit.extension.manager import PluginManager

    hooks = ", ".join(hook.removeprefix("conduyt_") for hook in PluginManager([plugin]).hooks_of(plugin))
    return _Row(name=plugin.name, distribution=distribution, version=_version(distribution), status=status, hooks=hooks)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "-"
