import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.extension import Secret, SettingsSpec, setting
from conduyt_kit.kernel.errors import SettingsError, SpecError
from conduyt_kit.kernel.settings import Settings, Sources, load
from conduyt_kit.ports.rate_limits import RATE_LIMITER
from tests.dummy_plugin.plugin import DummyPlugin


def _not_negative(_: object, __: "attrs.Attribute[int]", value: int) -> None:
    if value < 0:
        raise ValueError("must not be negative")


@attrs.frozen(kw_only=True)
class LampSettings:
    color: Literal["red", "white"] = attrs.field(default="white", metadata=setting("The color of the lamp."))
    lamps: int = attrs.field(default=1, validator=_not_negative, metadata=setting("How many lamps."))
    token: Secret = attrs.field(default=Secret(""), metadata=setting("Opens the door."))
    keepers: tuple[str, ...] = ()
    folder: Path = Path("lamps")
    wait: dt.timedelta = dt.timedelta(seconds=30)
    oil: float | None = None
    fixed: str = attrs.field(default="", metadata=setting("Named otherwise.", env="LIGHTHOUSE_FIXED"))
    lit: bool = False
    names: dict[str, str] = attrs.field(factory=dict)


LAMPS = SettingsSpec(name="lamps", cls=LampSettings, description="The lamps.")


def loaded(**sources: Any) -> Settings:
    return load([LAMPS], Sources(**sources))


def lamps(**sources: Any) -> LampSettings:
    return loaded(**sources).section(LampSettings)


def mistakes(**sources: Any) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        loaded(**sources)
    return [(detail.field, detail.message) for detail in caught.value.details]


def test_without_sources_every_setting_is_its_default() -> None:
    assert lamps() == LampSettings()


LAYERS: list[Mapping[str, Any]] = [
    {"app": {"lamps": {"lamps": 2}}},
    {"file": {"lamps": {"lamps": 3}}},
    {"environment": {"CONDUYT_LAMPS_LAMPS": "4"}},
    {"arguments": {"lamps": {"lamps": 5}}},
]
SOURCES = ["the app's defaults", "conduyt.toml", "the environment variable CONDUYT_LAMPS_LAMPS", "argument"]


@pytest.mark.parametrize("highest", range(4))
def test_the_higher_source_wins_and_is_named(highest: int) -> None:
    sources = {key: value for layer in LAYERS[: highest + 1] for key, value in layer.items()}

    settings = loaded(**sources)

    assert settings.section(LampSettings).lamps == highest + 2
    assert [item.source for item in settings.explained if item.key == "lamps"] == [SOURCES[highest]]


def test_each_setting_has_its_own_highest_source() -> None:
    found = lamps(app={"lamps": {"lamps": 2, "color": "red"}}, environment={"CONDUYT_LAMPS_LAMPS": "4"})

    assert (found.lamps, found.color) == (4, "red")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert lamps(file={"lamps": {"lamps": 3}}, environment={"CONDUYT_LAMPS_LAMPS": ""}).lamps == 3


def test_a_fixed_variable_name_replaces_the_usual_one() -> None:
    assert lamps(environment={"LIGHTHOUSE_FIXED": "yes", "CONDUYT_LAMPS_FIXED": "no"}).fixed == "yes"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("COLOR", "red", "red"),
        ("LAMPS", "12", 12),
        ("KEEPERS", "ann, ben,,", ("ann", "ben")),
        ("FOLDER", "/var/lamps", Path("/var/lamps")),
        ("WAIT", "1.5", dt.timedelta(seconds=1.5)),
        ("OIL", "0.5", 0.5),
        ("LIT", "yes", True),
        ("LIT", "OFF", False),
        ("LIT", "1", True),
        ("TOKEN", "abc", Secret("abc")),
    ],
)
def test_text_of_the_environment_is_read_as_the_settings_type(key: str, text: str, value: Any) -> None:
    assert getattr(lamps(environment={f"CONDUYT_LAMPS_{key}": text}), key.lower()) == value


def test_values_of_a_file_keep_their_types() -> None:
    given = {"keepers": ["ann"], "oil": 2, "lit": True, "names": {"a": "b"}, "wait": 90, "folder": "x"}

    found = lamps(file={"lamps": given})

    assert found == LampSettings(keepers=("ann",), oil=2.0, lit=True, names={"a": "b"}, wait=dt.timedelta(seconds=90), folder=Path("x"))


def test_all_mistakes_are_told_at_once_each_with_its_source() -> None:
    found = mistakes(
        app={"lamps": {"lit": "perhaps"}},
        file={"lamps": {"color": "pink", "lmaps": 3}, "lanterns": {"color": "red"}, "colour": 1},
        file_name="/etc/conduyt.toml",
        environment={"CONDUYT_LAMPS_LAMPS": "many"},
        arguments={"lamps": {"wait": "soon", "oil": "much", "folder": "ok"}, "lmps": {}},
    )

    assert sorted(found) == [
        ("colour", "unknown setting or section (from /etc/conduyt.toml)"),
        ("lamps.color", "must be one of red, white (from /etc/conduyt.toml)"),
        ("lamps.lamps", "must be a whole number, not 'many' (from the environment variable CONDUYT_LAMPS_LAMPS)"),
        ("lamps.lit", "must be true or false, not 'perhaps' (from the app's defaults)"),
        ("lamps.lmaps", "unknown setting; did you mean lamps? (from /etc/conduyt.toml)"),
        ("lamps.oil", "must be a number, not 'much' (from argument)"),
        ("lamps.wait", "must be a number of seconds, not 'soon' (from argument)"),
        ("lanterns", "unknown setting or section (from /etc/conduyt.toml)"),
        ("lmps", "unknown setting or section; did you mean lamps? (from argument)"),
    ]


def test_a_validators_refusal_is_a_mistake_like_any_other() -> None:
    assert mistakes(arguments={"lamps": {"lamps": -1, "color": "pink"}}) == [
        ("lamps.color", "must be one of red, white (from argument)"),
        ("lamps.lamps", "must not be negative (from argument)"),
    ]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("color", 3, "must be one of red, white"),
        ("lamps", None, "must be given"),
        ("lamps", True, "must be a whole number, not True"),
        ("lamps", 1.5, "must be a whole number, not 1.5"),
        ("wait", True, "must be a number of seconds, not True"),
        ("fixed", 3, "must be text, not 3"),
        ("names", "a=b", "must be a table"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(key: str, value: Any, message: str) -> None:
    assert mistakes(arguments={"lamps": {key: value}}) == [(f"lamps.{key}", f"{message} (from argument)")]


def test_a_secret_is_never_printed() -> None:
    settings = loaded(arguments={"lamps": {"token": "tell-nobody"}})
    section = settings.section(LampSettings)

    assert section.token.reveal() == "tell-nobody"
    assert "tell-nobody" not in f"{section!r} {section.token} {section.token!r} {settings.explained!r}"
    assert [item.shown for item in settings.explained if item.key == "token"] == ["*****"]


def test_a_secret_may_stand_in_a_variable_or_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of the file\n")

    assert lamps(file={"lamps": {"token": {"file": str(file)}}}).token.reveal() == "of the file"
    by_variable = lamps(file={"lamps": {"token": {"env": "MY_TOKEN"}}}, environment={"MY_TOKEN": "of the variable"})
    assert by_variable.token.reveal() == "of the variable"


def test_a_secret_whose_file_is_missing_is_a_mistake_with_its_source(tmp_path: Path) -> None:
    [(field, message)] = mistakes(file={"lamps": {"token": {"file": str(tmp_path / "none")}}})

    assert field == "lamps.token"
    assert str(tmp_path / "none") in message
    assert message.endswith("(from conduyt.toml)")


def test_a_secret_whose_variable_is_missing_is_a_mistake_with_its_source() -> None:
    [(field, message)] = mistakes(file={"lamps": {"token": {"env": "MY_TOKEN"}}})

    assert field == "lamps.token"
    assert "MY_TOKEN" in message
    assert message.endswith("(from conduyt.toml)")


def test_a_section_that_nobody_declares_is_an_error_of_the_program() -> None:
    @attrs.frozen(kw_only=True)
    class Other:
        x: int = 1

    with pytest.raises(SpecError, match="no plugin of this kit declares the settings Other"):
        loaded().section(Other)


def test_a_setting_without_default_is_an_error_of_the_program() -> None:
    @attrs.frozen(kw_only=True)
    class Needy:
        x: int

    with pytest.raises(SpecError, match="the setting x has no default"):
        load([SettingsSpec(name="needy", cls=Needy)], Sources())


# The process


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONDUYT_CONFIG", raising=False)
    return tmp_path


def test_the_file_of_the_working_directory_and_the_environment_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "conduyt.toml").write_text('default_currency = "EUR"\n[coast]\nname = "Fastnet"\n')
    monkeypatch.setenv("CONDUYT_DEFAULT_TIMEZONE", "Europe/Dublin")

    kit = Kit.build(Sources.of_process(), plugins=[DummyPlugin()])

    assert (kit.own_settings.default_currency, kit.own_settings.default_timezone) == ("EUR", "Europe/Dublin")


def test_a_kit_given_a_mapping_reads_neither_file_nor_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "conduyt.toml").write_text('default_currency = "EUR"\n')
    monkeypatch.setenv("CONDUYT_DEFAULT_CURRENCY", "CHF")

    assert Kit.build({}).own_settings.default_currency == "USD"


def test_the_file_may_be_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other.toml").write_text('default_currency = "EUR"\n')
    monkeypatch.setenv("CONDUYT_CONFIG", "other.toml")

    assert Kit.build(Sources.of_process()).own_settings.default_currency == "EUR"


def test_a_file_that_is_named_and_missing_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUYT_CONFIG", "none.toml")

    with pytest.raises(SettingsError, match=r"CONDUYT_CONFIG names none\.toml, which does not exist"):
        Sources.of_process()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("public_url", "crm.example.com"),
        ("default_currency", "dollars"),
        ("default_currency", "usd"),
        ("default_timezone", "Mars"),
        ("default_timezone", "../etc/passwd"),
        ("rate_limit", "fast"),
        ("rate_limit", "0/minute"),
        ("rate_limit", "600"),
        ("auth.login_limit", "10 a day"),
    ],
)
def test_a_kit_is_not_built_with_a_setting_that_would_fail_later(key: str, value: str) -> None:
    section, _, name = key.rpartition(".")

    with pytest.raises(SettingsError) as error:
        Kit.build({section: {name: value}} if section else {name: value})

    assert [detail.field for detail in error.value.details] == [key]


@pytest.mark.parametrize("limit", ["", "off", "600/minute", "5 per 2 hours", "1/day", "10/ 30 seconds"])
def test_limits_in_all_their_forms_are_taken(limit: str) -> None:
    with Kit.build({"rate_limit": limit}) as kit:
        counted = kit.provider(RATE_LIMITER).hit(limit, "x") if limit not in ("", "off") else None

    assert counted is None or counted.allowed


def test_every_setting_of_the_kit_says_what_it_is() -> None:
    with Kit.build() as kit:
        assert [item.key for item in kit.settings.explained if not item.doc] == []


@pytest.mark.parametrize("content", [b"plugins = [", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_refused(folder: Path, content: bytes) -> None:
    (folder / "conduyt.toml").write_bytes(content)

    with pytest.raises(SettingsError, match=r"conduyt\.toml is not valid TOML"):
        Sources.of_process()
