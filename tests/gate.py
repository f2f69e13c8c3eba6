"""Runs all tests, then those of the features again on SQLite and PostgreSQL: ``python -m tests.gate [pytest arguments]``.

The suite runs the features in memory; what differs between storages shows in the repetition. PostgreSQL is the slowest to test, so it
gets the features that ask most of a database; tests/api, tests/races and the contract suites run on it in any case.

Hundreds of tests start servers, workers and threads, and two at a time share the machine. What fails is run once more, alone and named in
the output: a failure that repeats fails the gate, one that does not is a defect of the test to be mended, not a reason to stop a release.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

DEMANDING = ("activities", "bulk", "calendars", "contacts", "custom_fields", "dashboard", "email_sequences", "invoices", "users")
_TESTS_FAILED = 1


def main(arguments: Sequence[str]) -> int:
    """Return 0 if everything passes."""
    failed = _run(list(arguments), {})
    if arguments:
        return failed
    failed |= _run(["tests/features"], {"CONDUYT_TEST_STORAGE": "sqlite"})
    return failed | _run([f"tests/features/{name}" for name in DEMANDING], {"CONDUYT_TEST_STORAGE": "postgres"})


def _run(targets: Sequence[str], environment: Mapping[str, str]) -> int:
    print("pytest", *targets, *(f"({name}={value})" for name, value in environment.items()), flush=True)
    processes = os.environ.get("CONDUYT_TEST_PROCESSES", "2")
    returned = _pytest(["-n", processes, "--dist", "loadscope", *targets], environment)
    if returned != _TESTS_FAILED:
        return returned
    print("once more, alone, what failed:", flush=True)
    return _pytest(["--last-failed", "--last-failed-no-failures", "none", "-v", *targets], environment)


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
