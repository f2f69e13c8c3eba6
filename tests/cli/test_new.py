import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import conduyt_kit
from conduyt_kit.cli.scaffold import KINDS
from conduyt_kit.cli.templates import nouns_of
from tests.cli.conftest import Conduyt

EVERY = {"README.md", "pyproject.toml", "tox.ini", "src/{p}/__init__.py", "src/{p}/plugin.py", "src/{p}/py.typed", "tests/test_plugin.py"}
OWN = {
    "feature": {
        "src/{p}/features/__init__.py",
        *(f"src/{{p}}/features/acme_ships/{name}.py" for name in ("__init__", "demo", "entities", "feature")),
        "tests/features/test_acme_ships.py",
    },
    "channel": {"src/{p}/channel.py", "src/{p}/settings.py", "tests/test_channel.py"},
    "storage": {"src/{p}/storage.py", "tests/test_storage.py"},
    "billing": {"src/{p}/billing.py", "src/{p}/settings.py", "tests/test_billing.py"},
    "jobs": {"src/{p}/runner.py", "tests/test_runner.py"},
    "transport": {"src/{p}/transport.py", "tests/test_transport.py"},
    "policy": {"src/{p}/policy.py", "tests/test_policy.py"},
}
RUNS = "not AcmeJobsRunner or committed_job or gives_up"
"""The contract of job runners takes its time, so two of its tests stand for it here."""


def name_of(kind: str) -> str:
    return "acme-ships" if kind == "feature" else f"acme-{kind}"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder with a new plugin of each kind."""
    folder = tmp_path_factory.mktemp("plugins")
    conduyt = Conduyt()
    for kind in KINDS:
        ended = conduyt("new", "plugin", name_of(kind), "--kind", kind, "--in", str(folder))
        assert ended.code == 0, ended
    yield folder
    conduyt.state.close()


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def installed(plugin: Path) -> list[Path]:
    """Make a plugin findable as an editable install does; return what belongs on the path."""
    project = tomllib.loads((plugin / "pyproject.toml").read_text())["project"]
    info = plugin / "installed" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "".join(f"{name} = {target}\n" for name, target in project["entry-points"]["conduyt_kit"].items())
    (info / "entry_points.txt").write_text(f"[conduyt_kit]\n{points}")
    return [plugin / "src", info.parent]


def run_tests(*plugins: Path) -> str:
    path = [str(part) for plugin in plugins for part in installed(plugin)]
    kit = str(Path(conduyt_kit.__file__).parents[1])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", RUNS, "-W", "error"]
    done = subprocess.run(
        [*command, "--rootdir", str(plugins[0].parent), *(str(plugin / "tests") for plugin in plugins)],
        capture_output=True,
        text=True,
        check=False,
        cwd=plugins[0].parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*path, kit]), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_has_the_files_of_its_kind(plugins: Path, kind: str) -> None:
    package = nouns_of(name_of(kind)).package

    expected = {path.format(p=package) for path in EVERY | OWN[kind]}
    assert {path for path in files_in(plugins / f"conduyt-{name_of(kind)}") if not path.startswith("installed/")} == expected


def test_the_tests_of_every_new_plugin_pass(plugins: Path) -> None:
    summary = run_tests(*(plugins / f"conduyt-{name_of(kind)}" for kind in KINDS))

    assert " passed" in summary
    assert "failed" not in summary


@pytest.mark.parametrize("kind", KINDS)
def test_no_placeholder_and_nothing_to_do_is_left(plugins: Path, kind: str) -> None:
    folder = plugins / f"conduyt-{name_of(kind)}"
    for path in files_in(folder):
        text = (folder / path).read_text()
        assert not [mark for mark in ("$", "TODO", "NotImplementedError", "{package}") if mark in text], path


def test_the_next_steps_are_told(plugins: Path, conduyt: Conduyt, tmp_path: Path) -> None:
    out = conduyt("new", "plugin", "conduyt-realty", "--kind", "policy", "--in", str(tmp_path)).out

    assert f"wrote {tmp_path}/conduyt-realty/pyproject.toml\n" in out
    assert f"Install it with `pip install -e {tmp_path}/conduyt-realty`" in out
    assert "add 'realty' to `plugins` in conduyt.toml" in out


def test_an_existing_folder_is_left_alone(plugins: Path, conduyt: Conduyt) -> None:
    before = files_in(plugins)

    ended = conduyt("new", "plugin", "acme-policy", "--kind", "channel", "--in", str(plugins))

    assert (ended.code, ended.out) == (1, "")
    assert "exists already; choose another name or remove it" in ended.err
    assert files_in(plugins) == before


@pytest.mark.parametrize("name", ["Acme", "acme sms", "../acme", "9lives", "acme--sms", "-", "acme-"])
def test_a_name_that_makes_no_package_is_refused(conduyt: Conduyt, tmp_path: Path, name: str) -> None:
    ended = conduyt("new", "plugin", "--kind", "policy", "--in", str(tmp_path), "--", name)

    assert (ended.code, ended.out) == (2, "")
    assert "is not a name such as acme-sms" in ended.err
    assert files_in(tmp_path) == set()


def test_a_feature_is_added_to_a_plugin_and_its_tests_pass(conduyt: Conduyt, tmp_path: Path) -> None:
    conduyt("new", "plugin", "realty", "--kind", "policy", "--in", str(tmp_path))
    plugin = tmp_path / "conduyt-realty"

    ended = conduyt("new", "feature", "properties", "--in", str(plugin))

    assert ended.code == 0
    assert "from conduyt_realty.features.properties.feature import PROPERTIES" in ended.out
    entities = (plugin / "src/conduyt_realty/features/properties/entities.py").read_text()
    assert "class Property:" in entities
    assert 'name="property"' in entities
    assert run_tests(plugin).startswith("7 passed")


def test_a_second_feature_leaves_the_first_one_as_it_is(conduyt: Conduyt, tmp_path: Path) -> None:
    conduyt("new", "plugin", "viewings", "--kind", "feature", "--in", str(tmp_path))
    plugin = tmp_path / "conduyt-viewings"
    marker = plugin / "src/conduyt_viewings/features/__init__.py"
    marker.write_text('"""Mine."""\n')

    assert conduyt("new", "feature", "offers", "--in", str(plugin)).code == 0
    again = conduyt("new", "feature", "offers", "--in", str(plugin))

    assert marker.read_text() == '"""Mine."""\n'
    assert (again.code, again.out) == (1, "")
    assert "has the feature 'offers' already" in again.err


def test_a_feature_needs_the_folder_of_one_plugin(conduyt: Conduyt, tmp_path: Path) -> None:
    ended = conduyt("new", "feature", "offers", "--in", str(tmp_path))

    assert (ended.code, ended.out) == (1, "")
    assert "holds no package with a plugin.py under src/; give the folder of one plugin" in ended.err


@pytest.mark.parametrize(
    ("name", "singular", "plural"),
    [
        ("ships", "ship", "ships"),
        ("properties", "property", "properties"),
        ("boxes", "box", "boxes"),
        ("realty", "realty", "realtys"),
    ],
)
def test_nouns_are_made_from_the_name(name: str, singular: str, plural: str) -> None:
    nouns = nouns_of(name)

    assert (nouns.singular, nouns.plural) == (singular, plural)
