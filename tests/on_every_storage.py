"""Runs the features' tests again on SQLite and PostgreSQL: ``python -m tests.on_every_storage``.

The whole suite runs them in memory; what differs between storages shows here.
"""

import os
import subprocess
import sys


def main() -> int:
    """Return 0 if the tests pass on both."""
    processes = os.environ.get("CONDUYT_TEST_PROCESSES", "2")
    failed = 0
    for storage in ("sqlite", "postgres"):
        print(f"features on {storage}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "--dist", "loadscope", "tests/features"]
        failed |= subprocess.run(command, env={**os.environ, "CONDUYT_TEST_STORAGE": storage}, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
