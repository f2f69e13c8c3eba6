import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest

import conduyt_kit
from conduyt_kit.cli import State, main
from conduyt_kit.cli.command_line import BUILT_IN
from conduyt_kit.extension import CommandSpec, KitPlugin
from conduyt_kit.kernel.errors import PluginError, SettingsError, StorageUnavailable
from conduyt_kit.kernel.settings import Sources
from tests.cli.conftest import Conduyt
from tests.dummy_plugin.plugin import DummyPlugin

MakeConduyt = Callable[..., Conduyt]


class Failing(KitPlugin):
    """Adds the command ``fail``, which raises what it was given."""

    name: ClassVar[str] = "failing"

    def __init__(self, error: Exception | None = None, command: str = "fail") -> None:
        self._error = error
        self._command = command

    def conduyt_commands(self) -> Iterable[CommandSpec]:
        @click.command(self._command)
        def fail() -> None:
            if self._error is not None:
                raise self._error

        return [CommandSpec(command=fail)]


def test_help_lists_the_commands_of_the_kit_and_of_its_plugins(make_conduyt: MakeConduyt) -> None:
    ended = make_conduyt(DummyPlugin())("--help")

    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == sorted([*BUILT_IN, "coast"])


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_command_of_the_kit_has_help_that_begins_as_it_is_listed(conduyt: Conduyt, name: str) -> None:
    ended = conduyt(name, "--help")

    assert ended.code == 0
    assert BUILT_IN[name][2].removesuffix(".") in " ".join(ended.out.split())


def test_a_plugins_command_is_given_the_state(make_conduyt: MakeConduyt) -> None:
    assert make_conduyt(DummyPlugin(), coast={"name": "Fastnet"})("coast") == (0, "Fastnet\n", "")


def test_an_unknown_command_is_a_mistake_of_usage(conduyt: Conduyt) -> None:
    ended = conduyt("sevre")

    assert ended.code == 2
    assert "No such command 'sevre'" in ended.err


def test_help_is_shown_although_the_plugins_cannot_be_loaded() -> None:
    conduyt = Conduyt()
    conduyt.state = State(lambda: Sources(arguments={"plugins": ["acme"]}))

    ended = conduyt("--help")

    assert ended.code == 0
    assert "serve" in ended.out
    assert "plugins are not listed: The plugin 'acme' is not installed" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("The data folder cannot be written; set CONDUYT_DATA_DIR"), 2),
        (PluginError("The plugin 'acme' is not installed; install it"), 2),
        (StorageUnavailable("The database cannot be reached; start it"), 1),
    ],
)
def test_a_failure_is_one_sentence_and_an_exit_code(make_conduyt: MakeConduyt, error: Exception, code: int) -> None:
    assert make_conduyt(Failing(error))("fail") == (code, "", f"Error: {error}\n")


def test_a_crash_says_how_to_see_where(make_conduyt: MakeConduyt) -> None:
    ended = make_conduyt(Failing(KeyError("nothing")))("fail")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: KeyError: 'nothing'\n")
    assert "Traceback" not in ended.err


def test_debug_shows_the_traceback(make_conduyt: MakeConduyt) -> None:
    from click.testing import CliRunner

    error = KeyError("nothing")

    result = CliRunner().invoke(main, ["fail"], obj=make_conduyt(Failing(error)).state, env={"CONDUYT_DEBUG": "1"})

    assert result.exception is error


def test_all_mistakes_in_the_settings_are_listed_each_on_its_line(make_conduyt: MakeConduyt) -> None:
    ended = make_conduyt(DummyPlugin(), coast={"nmae": "x"}, beacons={"range_miles": "far"})("config", "explain")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[1:] == [
        "  beacons.range_miles: must be a whole number, not 'far' (from argument)",
        "  coast.nmae: unknown setting; did you mean name? (from argument)",
    ]


def test_a_plugin_cannot_take_a_command_of_the_kit() -> None:
    state = State(Sources, plugins=[Failing(command="serve")], reserved=BUILT_IN)

    for ask in (lambda: state.plugin_commands, state.kit):
        with pytest.raises(
            PluginError, match="The command 'serve' of the plugin 'failing' is taken by conduyt itself; rename or remove it"
        ):
            ask()


def test_two_plugins_cannot_add_the_same_command() -> None:
    class Other(Failing):
        name: ClassVar[str] = "other"

    state = State(Sources, plugins=[Failing(), Other()])

    with pytest.raises(PluginError, match="The command 'fail' of the plugin 'other' is taken by the plugin 'failing'"):
        _ = state.plugin_commands


def test_help_imports_no_web_server_and_no_command() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from conduyt_kit.cli import State, main; from conduyt_kit.kernel.settings import"
        " Sources; r = CliRunner().invoke(main, ['--help'], obj=State(lambda: Sources())); assert r.exit_code == 0, r.output;"
        " print([m for m in sys.modules if m.startswith(('falcon', 'granian', 'sqlalchemy', 'dramatiq', 'conduyt_kit.cli.serve'))])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_kit_is_built_once_and_stopped_at_the_end() -> None:
    told: list[Any] = []

    class Watching(KitPlugin):
        name: ClassVar[str] = "watching"

        def conduyt_stopping(self, kit: Any) -> None:
            told.append(kit)

    state = State(Sources, plugins=[Watching()])
    kit = state.kit().start()
    assert state.kit() is kit

    state.close()
    state.close()

    assert told == [kit]


def test_the_command_starts_by_itself_in_an_empty_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from conduyt_kit.cli import main; main(prog_name='conduyt')", "--version"]

    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout == f"conduyt, version {conduyt_kit.__version__}\n"
    assert list(tmp_path.iterdir()) == []
