"""Runs mypy over everything: ``python -m tests.typecheck``.

Each plugin's tests are checked from the plugin's own folder, since the folders' names are no package names.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Return 0 if mypy finds nothing anywhere."""
    packages = [
        "src/conduyt_kit",
        *(str(path) for path in sorted(ROOT.glob("plugins/*/src/*")) if path.is_dir()),
        *(str(path) for path in sorted(ROOT.glob("reference_app/src/*")) if path.is_dir()),
    ]
    runs = [(ROOT, [path for path in packages if not path.endswith(".egg-info")]), (ROOT, ["tests", "docs", "benchmarks"])]
    runs += [(folder.parent, ["tests"]) for folder in sorted(ROOT.glob("plugins/*/tests")) if list(folder.glob("*.py"))]
    runs += [(ROOT / "reference_app", ["tests"])] if (ROOT / "reference_app/tests").is_dir() else []
    failed = 0
    for folder, targets in runs:
        present = [target for target in targets if (folder / target).exists()]
        print(f"mypy {' '.join(present)}", flush=True)
        command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *present]
        failed |= subprocess.run(command, cwd=folder, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
