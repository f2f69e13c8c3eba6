import tomllib
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.cli import App
from conduyt_kit.extension.manager import findable
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.ports.transport import TRANSPORT
from conduyt_reference_app import APP

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    missing = [name for name in APP.settings["plugins"] if name not in findable()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; `pip install -r requirements.txt` installs them")
    return Kit.build(Sources(app=APP.settings, arguments={"data_dir": tmp_path}))


def test_the_app_depends_on_what_it_runs() -> None:
    depends = {line.partition(">")[0] for line in PROJECT["dependencies"]}

    assert depends == {"conduyt-kit", *(f"conduyt-{plugin}" for plugin in APP.settings["plugins"])}


def test_the_entry_point_is_the_app() -> None:
    assert PROJECT["entry-points"]["conduyt_kit.app"] == {"reference": "conduyt_reference_app.app:APP"}
    assert isinstance(APP, App)


def test_each_port_is_served_by_its_plugin_and_what_is_not_configured_is_pretended(kit: Kit) -> None:
    ports: list[Any] = [STORAGE, TRANSPORT, JOB_RUNNER, EMAIL_CHANNEL, SMS_CHANNEL, BILLING]

    assert [kit.provider_name(port) for port in ports] == ["sqlalchemy", "falcon", "dramatiq", "console", "console", "fake"]


def test_the_settings_of_an_installation_win_over_the_app(tmp_path: Path) -> None:
    kit = Kit.build(Sources(app=APP.settings, environment={"CONDUYT_PLUGINS": ""}, arguments={"plugins": (), "data_dir": tmp_path}))

    assert [plugin.name for plugin in kit.manager.plugins] == ["defaults", "crm"]
