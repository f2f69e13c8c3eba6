import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.cli import State
from conduyt_kit.cli.config import as_toml
from conduyt_kit.kernel.settings import Secret, Sources, convert
from tests.cli.conftest import Conduyt
from tests.dummy_plugin.plugin import CoastSettings, DummyPlugin

MakeConduyt = Callable[..., Conduyt]


def test_a_setting_is_explained_with_value_source_variable_and_purpose(make_conduyt: MakeConduyt) -> None:
    conduyt = make_conduyt(DummyPlugin())
    sources = Sources(
        app={"coast": {"name": "of the app"}}, environment={"CONDUYT_COAST_NAME": "Fastnet"}, arguments={"beacons": {"range_miles": 5}}
    )
    conduyt.state = State(lambda: sources, plugins=[DummyPlugin()])

    lines = conduyt("config", "explain").out.splitlines()

    at = lines.index("[coast]")
    assert lines[at + 1] == "  name = Fastnet    from the environment variable CONDUYT_COAST_NAME; CONDUYT_COAST_NAME"
    assert lines[at + 2] == "      What the coast is called."
    assert "  range_miles = 5    from argument; CONDUYT_BEACONS_RANGE_MILES" in lines


def test_one_section_is_explained_alone(make_conduyt: MakeConduyt) -> None:
    conduyt = make_conduyt(DummyPlugin())

    assert [line for line in conduyt("config", "explain", "coast").out.splitlines() if not line.startswith(" ")] == ["[coast]", ""]
    assert conduyt("config", "explain", "kit").out.startswith("The kit's own\n")
    refused = conduyt("config", "explain", "cost")
    assert refused.code == 2
    assert "There is no section 'cost'; there are: kit, " in refused.err


def test_a_secret_is_never_shown(make_conduyt: MakeConduyt) -> None:
    secret = "0123456789abcdef0123456789abcdef"

    ended = make_conduyt(secret_key=secret)("config", "explain")

    assert ended.code == 0
    assert "  secret_key = *****    from argument; CONDUYT_SECRET_KEY" in ended.out
    assert secret not in ended.out + ended.err


def test_the_example_holds_every_setting_at_its_default(make_conduyt: MakeConduyt) -> None:
    conduyt = make_conduyt(DummyPlugin())

    lines = conduyt("config", "example").out.splitlines()

    settings = [line.removeprefix("# ") for line in lines if " = " in line and line.startswith("# ") and line.split()[2:3] == ["="]]
    given = tomllib.loads("\n".join(line if line.startswith("[") else "" for line in lines))
    assert {"coast", "beacons", "retention"} <= set(given)
    assert len(settings) == len(conduyt.kit.settings.explained)


def test_the_example_with_every_line_uncommented_changes_nothing(make_conduyt: MakeConduyt) -> None:
    lines = make_conduyt(DummyPlugin())("config", "example").out.splitlines()
    uncommented = [line[2:] if line.startswith("# ") and line.split()[2:3] == ["="] else line for line in lines]
    plain = Kit.build(plugins=[DummyPlugin()]).settings

    kit = Kit.build(Sources(file=tomllib.loads("\n".join(uncommented))), plugins=[DummyPlugin()])

    assert kit.settings.section(CoastSettings) == CoastSettings()
    assert [attrs.evolve(e, source="") for e in kit.settings.explained] == [attrs.evolve(e, source="") for e in plain.explained]
    assert {item.source for item in kit.settings.explained} == {"conduyt.toml"}


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (bool, True),
        (int, 7),
        (float, 0.5),
        (str, 'Ann "the" Lee\\ \n Ünal'),
        (Path, Path("conduyt-data")),
        (tuple[str, ...], ("a", "b")),
        (dict[str, str], {"storage": "sqlalchemy", "a b": "c"}),
        (dt.timedelta, dt.timedelta(minutes=1.5)),
        (str | None, None),
        (Secret, Secret("")),
    ],
)
def test_a_value_written_as_toml_reads_back(annotation: Any, value: Any) -> None:
    read = tomllib.loads(f"key = {as_toml(value)}")["key"]

    assert convert(annotation, read) == value


def test_a_secret_is_not_written_as_toml() -> None:
    assert as_toml(Secret("hush")) == '""'
