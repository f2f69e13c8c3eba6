import textwrap
from pathlib import Path

import pytest

from conduyt_kit.cli.apps import App, installed_app, process_sources
from conduyt_kit.kernel.errors import SettingsError


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the path; distributions in it are installed as far as this process can tell."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("CONDUYT_APP", "CONDUYT_CONFIG", "CONDUYT_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def install_app(folder: Path, name: str, code: str) -> None:
    module = f"{name}_of_a_test"
    (folder / f"{module}.py").write_text(textwrap.dedent(code))
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[conduyt_kit.app]\n{name} = {module}:APP\n")


GOOD = "from conduyt_kit.cli import App\nAPP = App({'plugins': ('sqlalchemy',), 'database': {'pool_size': 7}})"


def test_the_chosen_app_is_the_lowest_source(install: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_app(install, "shipyard", GOOD)
    monkeypatch.setenv("CONDUYT_APP", "shipyard")

    assert process_sources().app == {"plugins": ("sqlalchemy",), "database": {"pool_size": 7}}
    assert installed_app("shipyard") == App({"plugins": ("sqlalchemy",), "database": {"pool_size": 7}})


def test_several_apps_need_a_choice(install: Path) -> None:
    install_app(install, "shipyard", GOOD)
    install_app(install, "harbour", GOOD)

    with pytest.raises(SettingsError, match=r"Several apps are installed \(harbour, .*shipyard\); choose one with CONDUYT_APP"):
        installed_app()


def test_an_app_that_is_not_installed_is_refused(install: Path) -> None:
    with pytest.raises(SettingsError, match="CONDUYT_APP names the app 'shipyard', which is not installed"):
        installed_app("shipyard")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise RuntimeError('out of wood')", "cannot be loaded: out of wood"),
        ("APP = {'plugins': ()}", r"is not a conduyt_kit\.cli\.App; correct its entry point"),
    ],
)
def test_an_app_that_is_broken_is_named(install: Path, code: str, message: str) -> None:
    install_app(install, "wreck" + str(len(code)), code)

    with pytest.raises(SettingsError, match=rf"The app 'wreck\d+' \(wreck\d+_of_a_test:APP\) {message}"):
        installed_app("wreck" + str(len(code)))
