"""The command group: its own commands are imported when they are called, those of plugins are found without building a kit."""

import contextlib
import importlib
from typing import Any

import click

import conduyt_kit
from conduyt_kit.cli.failures import exit_code, explain
from conduyt_kit.cli.state import State
from conduyt_kit.kernel.errors import ConduytError

BUILT_IN = {
    "api-key": ("conduyt_kit.cli.api_keys", "api_key", "Make API keys."),
    "config": ("conduyt_kit.cli.config", "config", "Explain the settings in force."),
    "demo": ("conduyt_kit.cli.demo", "demo", "Fill a workspace with sample data."),
    "doctor": ("conduyt_kit.cli.doctor", "doctor", "Check the installation."),
    "import": ("conduyt_kit.cli.importing", "import_", "Import records from files."),
    "jobs": ("conduyt_kit.cli.jobs", "jobs", "See and repair durable jobs."),
    "new": ("conduyt_kit.cli.scaffold", "new", "Write a new plugin or feature."),
    "openapi": ("conduyt_kit.cli.openapi", "openapi", "Print the OpenAPI document."),
    "plugins": ("conduyt_kit.cli.plugins", "plugins", "List the installed plugins."),
    "serve": ("conduyt_kit.cli.serve", "serve", "Serve the API."),
    "user": ("conduyt_kit.cli.users", "user", "Make users."),
}
"""For each command of the kit itself: its module, the name in it, and what `conduyt --help` says."""


class CommandLine(click.Group):
    """The ``conduyt`` group. Failures end in one sentence and an exit code: 2 for wrong settings and usage, 1 for everything else."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; see `click.Command.main`."""
        if extra.get("obj") is not None:
            return self._guarded(extra["obj"], args, extra)
        with contextlib.closing(State(reserved=BUILT_IN)) as state:
            return self._guarded(state, args, {**extra, "obj": state})

    def _guarded(self, state: State, args: tuple[Any, ...], extra: dict[str, Any]) -> Any:
        try:
            return super().main(*args, **extra)
        except Exception as error:
            if state.debug or not extra.get("standalone_mode", True):
                raise
            click.echo(explain(error), err=True)
            raise SystemExit(exit_code(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, those of plugins included where they can be loaded."""
        return sorted([*BUILT_IN, *_of_plugins(ctx)[0]])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        known = BUILT_IN.get(cmd_name)
        if known is None:
            return _state(ctx).plugin_commands.get(cmd_name)
        command = getattr(importlib.import_module(known[0]), known[1])
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing the kit's own."""
        found, problem = _of_plugins(ctx)
        rows = [(name, summary) for name, (_, _, summary) in BUILT_IN.items()]
        rows += [(name, command.get_short_help_str(80)) for name, command in found.items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))
        if problem:
            formatter.write_paragraph()
            formatter.write_text(f"The commands of plugins are not listed: {problem}")


def _state(ctx: click.Context) -> State:
    state = ctx.find_object(State)
    if state is None:
        raise click.UsageError("the command line was started without its state")
    return state


def _of_plugins(ctx: click.Context) -> tuple[dict[str, click.Command], str]:
    try:
        return dict(_state(ctx).plugin_commands), ""
    except ConduytError as error:
        return {}, error.message


def _debugging(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    _state(ctx).debug = value


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(conduyt_kit.__version__, prog_name="conduyt")
@click.option(
    "--debug", is_flag=True, envvar="CONDUYT_DEBUG", is_eager=True, expose_value=False, callback=_debugging, help="Show tracebacks."
)
def main() -> None:
    """Run and look after a CRM backend made of Conduyt Kit and its plugins.

    Start with `conduyt serve`; `conduyt doctor` says what is wrong.
    """
