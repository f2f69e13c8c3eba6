import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conduyt_kit.testing import services
from conduyt_kit.testing.contracts.jobs import Jobs
from tests.crash import yard

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/crash.db"
    else:
        with services.postgres_url() as found:
            yield found


@pytest.fixture
def jobs(url: str) -> Iterator[Jobs]:
    """Return the workspace that all processes work in, seen from the test."""
    with yard.make_kit(url) as kit:
        yard.create(kit)
        yield Jobs(kit, yard.WORKSPACE)


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Return a function that starts a process of `yard`, which is killed at the end at the latest."""
    started: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    root = Path(__file__).parents[2]

    def start(*arguments: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.crash.yard", str(arguments[0]), url, *map(str, arguments[1:])]
        started.append(subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def start_worker(start: Start) -> Start:
    """Return a function that starts a worker; each sees the leases of those before it as run out."""
    ahead = dt.timedelta()

    def start_one() -> "subprocess.Popen[str]":
        nonlocal ahead
        ahead += yard.AFTER_THE_LEASE
        return start("work", ahead.total_seconds())

    return start_one
