import datetime as dt
import socket
from pathlib import Path
from typing import Any

import pytest

import conduyt_falcon
from conduyt_falcon.handover import VARIABLE, Handover, plugins_of
from conduyt_falcon.hints import SupervisedJobs
from conduyt_falcon.server import build_kit, listening_address, supervised, worker_count, works_in_server
from conduyt_falcon.settings import HttpSettings
from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Secret, Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.jobs import JOB_RUNNER


def handed_over(handover: Any, monkeypatch: Any) -> Any:
    monkeypatch.setenv(VARIABLE, handover.text())
    return Handover.of_process()


def test_everything_arrives_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUYT_HTTP_PORT", "1234")
    sources = Sources(
        app={"plugins": ("a", "b")},
        file={"http": {"host": "::1"}},
        file_name="my.toml",
        environment={"any": "thing"},
        arguments={"secret_key": Secret("s" * 32), "data_dir": Path("/data"), "http": {"workers": 3}, "wait": dt.timedelta(seconds=90)},
    )
    found = handed_over(Handover(sources=sources, plugins=("x",), hints="/tmp/s", works=True, metrics_folder="/tmp/m"), monkeypatch)
    assert (found.plugins, found.hints, found.works, found.metrics_folder) == (("x",), "/tmp/s", True, "/tmp/m")
    assert found.sources.app == {"plugins": ["a", "b"]}
    assert (found.sources.file, found.sources.file_name) == ({"http": {"host": "::1"}}, "my.toml")
    assert found.sources.environment["CONDUYT_HTTP_PORT"] == "1234"
    assert found.sources.arguments == {"secret_key": "s" * 32, "data_dir": "/data", "http": {"workers": 3}, "wait": 90.0}


def test_kit_that_does_not_read_the_environment_does_not_read_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUYT_HTTP_PORT", "1234")
    kit = Kit.build({"plugins": []}, plugins=None)
    found = handed_over(Handover(sources=kit.sources, plugins=plugins_of(kit)), monkeypatch)
    assert found.sources.environment == {}


def test_value_that_cannot_be_written_down_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot be handed"):
        Handover(sources=Sources(arguments={"x": object()})).text()


def test_plugins_are_handed_over_by_name() -> None:
    kit = Kit.build({"plugins": []})
    assert plugins_of(kit) is None


def test_plugin_objects_cannot_be_handed_over(kit: Kit) -> None:
    with pytest.raises(SettingsError, match=r"'falcon' was given to Kit\.build as an object"):
        plugins_of(kit)


def test_memory_storage_is_served_and_worked_by_one_process(kit: Kit) -> None:
    assert worker_count(kit, None) == 1
    assert (supervised(kit), works_in_server(kit)) == (False, True)
    with pytest.raises(SettingsError, match="one process only"):
        worker_count(kit, 2)


def test_server_process_leaves_its_jobs_to_the_supervisor() -> None:
    kit = build_kit(Handover(sources=Sources(arguments={"providers": {"email": "console"}}), plugins=(), hints="/tmp/none"))
    runner = kit.provider(JOB_RUNNER)
    assert isinstance(runner, SupervisedJobs)
    assert kit.own_settings.providers == {"email": "console", "jobs": "supervisor"}
    runner.hint([("ws", "job")])
    kit.stop()


@pytest.mark.parametrize("shared", [False, True])
def test_port_that_is_taken_is_refused_with_what_to_do(shared: Any) -> None:
    with socket.socket() as other:
        if shared:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Cannot listen at 127.0.0.1 port {port} .*; set another http.host or http.port"):
            listening_address("127.0.0.1", port)


def test_host_is_a_name_or_an_address() -> None:
    assert listening_address("127.0.0.1", 0) == "127.0.0.1"
    assert listening_address("localhost", 0) in ("127.0.0.1", "::1")
    with pytest.raises(SettingsError, match=r"Cannot listen at nowhere\.invalid"):
        listening_address("nowhere.invalid", 0)


def test_settings_of_the_server_are_checked() -> None:
    for wrong in ({"workers": 0}, {"threads": 0}, {"body_limit": 0}, {"trusted_proxies": -1}):
        with pytest.raises(SettingsError, match="must be at least"):
            Kit.build({"http": wrong}, plugins=[conduyt_falcon.FalconPlugin()])


def test_settings_come_from_the_fixed_names() -> None:
    sources = Sources(environment={"CONDUYT_HTTP_CORS_ORIGINS": "https://a.example, https://b.example", "CONDUYT_HTTP_PORT": "9"})
    settings = Kit.build(sources, plugins=[conduyt_falcon.FalconPlugin()]).settings.section(HttpSettings)
    assert (settings.cors_origins, settings.port) == (("https://a.example", "https://b.example"), 9)


@pytest.mark.parametrize("port", [-1, 65536])
def test_port_that_no_machine_has_is_a_wrong_setting(port: int) -> None:
    from conduyt_kit.kernel.errors import SettingsError

    with pytest.raises(SettingsError, match="must be from 0 to 65535"):
        Kit.build({"http": {"port": port}}, plugins=[conduyt_falcon.FalconPlugin()])
