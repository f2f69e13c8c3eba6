import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_runs_on_a_machine_without_server_or_database(example: Path, tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == []


def test_embedding_example_shows_the_audit_trail() -> None:
    run = subprocess.run([sys.executable, str(ROOT / "docs/examples/embedding.py")], capture_output=True, text=True, check=True, timeout=60)

    assert run.stdout.splitlines() == [
        "updated Ida Holm {'source': {'from': None, 'to': 'referral'}}",
        "created Ida Holm None",
    ]


def test_readmes_python_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)

    assert blocks
    for block in blocks:
        subprocess.run([sys.executable, "-c", block], check=True, capture_output=True, timeout=60)


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", _prose(page)):
            elsewhere = "://" in target or "generated/" in target
            broken += [] if elsewhere or (page.parent / target).exists() else [f"{page.name}: {target}"]

    assert broken == []


def _prose(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
