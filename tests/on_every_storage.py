"""Runs the features' tests again on SQLite and PostgreSQL: ``python -m tests.on_every_storage [--all]``.

The whole suite runs them in memory; what differs between storages shows here. PostgreSQL is the slowest to test, so it gets the features
that ask most of a database, unless ``--all`` is given; tests/api, tests/races and the contract suite run on it in any case.
"""

import os
import subprocess
import sys

DEMANDING = ("activities", "bulk", "calendars", "contacts", "custom_fields", "dashboard", "email_sequences", "invoices", "users")


def main() -> int:
    """Return 0 if the tests pass on both."""
    demanding = [f"tests/features/{name}" for name in DEMANDING]
    folders = {"sqlite": ["tests/features"], "postgres": ["tests/features"] if "--all" in sys.argv else demanding}
    processes = os.environ.get("CONDUYT_TEST_PROCESSES", "2")
    failed = 0
    for storage, tested in folders.items():
        print(f"features on {storage}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "--dist", "loadscope", *tested]
        failed |= subprocess.run(command, env={**os.environ, "CONDUYT_TEST_STORAGE": storage}, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
