import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit.extension import KitPlugin
from conduyt_kit.features.plugin import CrmPlugin

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "src" / "conduyt_kit"
SOURCES = sorted([*KIT.rglob("*.py"), *ROOT.glob("plugins/*/src/**/*.py"), *ROOT.glob("reference_app/src/**/*.py")])
FEATURES = sorted(folder for folder in (KIT / "features").iterdir() if (folder / "feature.py").exists())
READS_THE_ENVIRONMENT = {"settings.py", "services.py", "apps.py", "failures.py", "handover.py", "server.py"}
"""The settings loader, the finder of test services, what the command line asks before settings exist, and what a server hands to the
processes it starts."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls_of_environment(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and getattr(node.value, "id", "") == "os":
            yield node.lineno


def test_environment_is_read_in_one_place() -> None:
    others = [path for path in SOURCES if path.name not in READS_THE_ENVIRONMENT]
    found = {f"{relative(path)}:{line}" for path in others for line in calls_of_environment(path)}

    assert found == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in SOURCES if path.stem in ("utils", "util", "helpers", "common", "misc", "base", "data")] == []


def test_nothing_is_left_for_later() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")

    assert [relative(path) for path in SOURCES if pattern.search(path.read_text("utf-8"))] == []


def test_kernel_knows_no_noun_of_crm() -> None:
    nouns = re.compile(r"^(from|import) conduyt_kit\.(features|defaults|ports|extension)", re.MULTILINE)

    assert [relative(path) for path in (KIT / "kernel").glob("*.py") if nouns.search(path.read_text("utf-8"))] == []


def test_no_module_keeps_a_mutable_global() -> None:
    found = []
    for path in SOURCES:
        for node in ast.parse(path.read_text("utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            mutable = isinstance(getattr(node, "value", None), ast.List | ast.Set | ast.Dict | ast.ListComp | ast.DictComp)
            # Upper case is the promise that nobody changes it.
            found += [f"{relative(path)}:{name}" for name in names if mutable and name != name.upper() and name != "__all__"]

    assert found == []


@pytest.mark.parametrize("folder", FEATURES, ids=lambda folder: folder.name)
def test_feature_is_registered_under_its_folders_name_and_has_tests(folder: Path) -> None:
    names = {spec.name for spec in CrmPlugin().conduyt_features()}

    assert folder.name in names
    assert list((ROOT / "tests" / "features" / folder.name).glob("test_*.py")), f"tests/features/{folder.name} is empty"


def test_every_feature_folder_says_what_others_may_import() -> None:
    assert [folder.name for folder in FEATURES if not (folder / "__init__.py").read_text("utf-8").strip()] == []


def test_hooks_are_as_many_as_decided() -> None:
    hooks = [name for name in vars(KitPlugin) if name.startswith("conduyt_")]

    assert len(hooks) == 11, "a further way to extend needs a decision record"


def test_every_public_function_and_class_of_the_kit_is_documented() -> None:
    modules = [*(KIT / "kernel").glob("*.py"), *(KIT / "ports").glob("*.py"), *(KIT / "extension").glob("*.py")]
    undocumented = [
        f"{relative(path)}:{node.name}"
        for path in modules
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert undocumented == []
