import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from conduyt_kit.cli import State
from conduyt_kit.extension import HealthCheck, KitPlugin, ProviderSpec, SettingsSpec, setting
from conduyt_kit.extension import manager as plugin_manager
from conduyt_kit.kernel.errors import StorageUnavailable, Unavailable
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.ports.storage import STORAGE
from tests.cli.conftest import Conduyt
from tests.dummy_plugin.plugin import DummyPlugin

MakeConduyt = Callable[..., Conduyt]


class Checked(KitPlugin):
    """Has one health check of each outcome."""

    name: ClassVar[str] = "checked"

    def __init__(self, *checks: HealthCheck) -> None:
        self._checks = checks

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return self._checks


def raising(error: Exception) -> Callable[[Any], str]:
    def check(_: Any) -> str:
        raise error

    return check


def lines_of(text: str) -> dict[str, tuple[str, str]]:
    """Return (status, text) by subject."""
    found = [line.split(maxsplit=1) for line in text.splitlines()]
    return {rest.split("  ")[0]: (status, rest.split("  ", 1)[1].strip()) for status, rest in found}


def test_the_doctor_reports_every_check_and_ends_well(make_conduyt: MakeConduyt) -> None:
    tried = Unavailable("The oil is low; order some")
    plugin = Checked(HealthCheck(name="lamp", check=lambda _: "burns"), HealthCheck(name="oil", check=raising(tried), essential=False))

    ended = make_conduyt(plugin)("doctor")

    assert ended.code == 0
    found = lines_of(ended.out)
    assert found["lamp"] == ("ok", "burns")
    assert found["oil"] == ("warning", "The oil is low; order some")
    assert found["storage"][0] == "warning"
    assert found["conduyt-kit"] == ("info", "0.1.0")


@pytest.mark.parametrize(
    ("error", "text"),
    [(Unavailable("The lamp is out; light it"), "The lamp is out; light it"), (RuntimeError("boom"), "RuntimeError: boom")],
)
def test_a_failed_essential_check_fails_the_doctor_after_the_others_were_asked(
    make_conduyt: MakeConduyt, error: Exception, text: str
) -> None:
    plugin = Checked(HealthCheck(name="lamp", check=raising(error)), HealthCheck(name="oil", check=lambda _: "enough"))

    ended = make_conduyt(plugin)("doctor")

    assert ended.code == 1
    assert lines_of(ended.out)["lamp"] == ("failed", text)
    assert lines_of(ended.out)["oil"] == ("ok", "enough")
    assert "1 of the checks failed; the server is not ready" in ended.err


def test_a_storage_that_cannot_serve_fails_the_doctor(make_conduyt: MakeConduyt) -> None:
    from conduyt_kit.defaults.memory_storage import MemoryStorage

    class Broken(MemoryStorage):
        def check(self) -> None:
            raise StorageUnavailable("The disk is gone; plug it in")

    class BrokenPlugin(KitPlugin):
        name: ClassVar[str] = "broken"

        def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
            return [ProviderSpec(port=STORAGE, name="broken", make=lambda _: Broken())]

    conduyt = make_conduyt(BrokenPlugin())

    assert conduyt("doctor").code == 1
    assert "failed   storage" in conduyt("doctor").out
    refused = conduyt.create_user()
    assert (refused.code, refused.out, refused.err) == (1, "", "Error: The disk is gone; plug it in\n")


@pytest.mark.parametrize(
    ("settings", "subject", "text"),
    [
        ({"public_url": "http://crm.example"}, "public_url", "is not https"),
        ({"public_url": "https://crm.example"}, "secret_key", "set CONDUYT_SECRET_KEY"),
        ({"public_url": "https://crm.example", "rate_limit": "off"}, "rate_limit", "nothing limits how fast passwords are tried"),
        ({"public_url": "https://crm.example"}, "email", "mails are written to the console"),
        ({}, "storage", "data is kept in memory"),
    ],
)
def test_settings_that_ask_for_trouble_are_warned_of(make_conduyt: MakeConduyt, settings: dict[str, str], subject: str, text: str) -> None:
    warned = [line for line in make_conduyt(**settings)("doctor").out.splitlines() if line.startswith(f"warning  {subject}")]

    assert [text in line for line in warned] == [True]


@attrs.frozen(kw_only=True)
class HttpSettings:
    host: str = attrs.field(default="127.0.0.1", metadata=setting("Where to listen."))
    workers: int | None = attrs.field(default=None, metadata=setting("How many processes."))


class Http(KitPlugin):
    """The settings of a transport."""

    name: ClassVar[str] = "http"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [SettingsSpec(name="http", cls=HttpSettings)]


@pytest.mark.parametrize(
    ("http", "warned"),
    [
        ({}, {"storage"}),
        ({"host": "0.0.0.0"}, {"storage", "public_url", "secret_key"}),
        ({"workers": 1}, {"storage"}),
        ({"workers": 2}, {"storage", "rate_limit_storage"}),
    ],
)
def test_settings_of_the_server_are_weighed_with_the_others(make_conduyt: MakeConduyt, http: dict[str, Any], warned: set[str]) -> None:
    out = make_conduyt(Http(), http=http)("doctor").out

    assert {line.split()[1] for line in out.splitlines() if line.startswith("warning")} == warned


def test_a_local_installation_is_not_warned_of_what_only_matters_in_public(make_conduyt: MakeConduyt) -> None:
    out = make_conduyt()("doctor").out

    assert not [line for line in out.splitlines() if line.startswith("warning") and line.split()[1] != "storage"]


def test_plugins_are_listed_with_hooks_and_whether_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    points = {
        "dummy": EntryPoint("dummy", "tests.dummy_plugin.plugin:DummyPlugin", "conduyt_kit"),
        "idle": EntryPoint("idle", "tests.cli.test_plugins_doctor_openapi:Checked", "conduyt_kit"),
        "wreck": EntryPoint("wreck", "tests.cli.no_such_module:Wreck", "conduyt_kit"),
    }
    monkeypatch.setattr(plugin_manager, "findable", lambda: points)
    conduyt = Conduyt()
    conduyt.state = State(lambda: Sources(arguments={"plugins": ["dummy", "ghost"]}))

    ended = conduyt("plugins")

    rows = {line.split()[0]: line for line in ended.out.splitlines()[1:]}
    assert ended.code == 0
    assert "built in" in rows["crm"]
    assert "features" in rows["crm"]
    assert " selected " in rows["dummy"]
    hooks = "actions, addhooks, commands, endpoints, features, health_checks, providers, settings, started, stopping, subscriptions"
    assert rows["dummy"].endswith(hooks)
    assert rows["ghost"].endswith("selected, but not installed")
    assert "installed only" in rows["checked"]
    assert rows["wreck"].endswith("broken")
    assert "No module named 'tests.cli.no_such_module'" in ended.err


def test_the_openapi_document_holds_the_operations_of_plugins(make_conduyt: MakeConduyt, tmp_path: Path) -> None:
    conduyt = make_conduyt(DummyPlugin())
    file = tmp_path / "openapi.json"

    printed = conduyt("openapi")
    written = conduyt("openapi", "--output", str(file))

    document = json.loads(printed.out)
    assert document == json.loads(file.read_text())
    assert written.out == f"Wrote {len(conduyt.kit.endpoints)} operations to {file}\n"
    assert sum(len(operations) for operations in document["paths"].values()) == len(conduyt.kit.endpoints)
    assert set(document["paths"]["/api/v1/beacons"]) == {"get", "post"}
    parameters = {p["name"] for p in document["paths"]["/api/v1/beacons"]["get"]["parameters"] if "name" in p}
    assert {"color", "lit", "lamps", "keeperId", "createdAfter", "createdBefore", "search", "page", "limit", "sort"} <= parameters


def test_a_misspelt_environment_variable_is_warned_of(conduyt: Conduyt) -> None:
    environment = {"CONDUYT_PUBLIC_URI": "http://127.0.0.1", "CONDUYT_PUBLIC_URL": "http://127.0.0.1", "CONDUYT_DEBUG": "", "HOME": "/"}
    conduyt.state = State(lambda: Sources(environment=environment), plugins=[])

    warned = [line.split()[1] for line in conduyt("doctor").out.splitlines() if line.startswith("warning  CONDUYT")]

    assert warned == ["CONDUYT_PUBLIC_URI"]
