from collections.abc import Callable, Iterable
from typing import ClassVar

import pytest

from conduyt_kit.extension import FeatureSpec, JobSpec, KitPlugin
from conduyt_kit.features.workspaces import all_workspaces
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE, GiveUp, Job, NewJob
from conduyt_kit.kernel.runs import JobRun
from tests.cli.conftest import Conduyt


class Presses(KitPlugin):
    """A job that fails until `paper` is there."""

    name: ClassVar[str] = "presses"

    def __init__(self) -> None:
        self.paper = False

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [FeatureSpec(name="presses", description="", jobs=(JobSpec(kind="presses.print", run=self.print),))]

    def print(self, run: JobRun) -> None:
        if not self.paper:
            raise GiveUp("out of paper")


class Shop:
    """A command line over a workspace with a failed job, and one of the installation itself."""

    def __init__(self, conduyt: Conduyt, presses: Presses) -> None:
        self.conduyt = conduyt
        self.presses = presses
        conduyt.create_user()
        self.workspace = all_workspaces(conduyt.kit.environment)[0].id
        self.failed = self.enqueue(self.workspace)
        self.of_system = self.enqueue(SYSTEM_WORKSPACE)

    def enqueue(self, workspace: str) -> str:
        with self.conduyt.kit.unit_of_work(workspace) as unit:
            return unit.enqueue(NewJob(kind="presses.print", args={"page": 7})).id

    def job(self, id: str) -> Job:
        with self.conduyt.kit.unit_of_work(self.workspace, write=False) as unit:
            return unit.repository(JOB).get(id)


@pytest.fixture
def shop(make_conduyt: Callable[..., Conduyt]) -> Shop:
    presses = Presses()
    return Shop(make_conduyt(presses), presses)


def test_jobs_of_all_workspaces_and_of_the_installation_are_listed(shop: Shop) -> None:
    ended = shop.conduyt("jobs", "list", "--kind", "presses.print")

    assert ended.code == 0
    counts, titles, *rows = ended.out.splitlines()
    assert counts == "All jobs: 0 queued, 0 running, 0 done, 2 failed"
    assert titles.split() == ["JOB", "KIND", "STATE", "ATTEMPT", "DUE", "WORKSPACE", "ERROR"]
    assert [(row.split()[0], row.split()[2], row.endswith("out of paper")) for row in rows] == [
        (shop.of_system, "failed", True),
        (shop.failed, "failed", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((), 2), (("--state", "failed"), 2), (("--state", "done"), 0), (("--kind", "other"), 0), (("--workspace", "system"), 1)],
)
def test_the_list_is_narrowed(shop: Shop, arguments: tuple[str, ...], expected: int) -> None:
    assert len(shop.conduyt("jobs", "list", *arguments).out.splitlines()) - 2 == expected


def test_the_list_of_one_workspace_holds_its_jobs_only(shop: Shop) -> None:
    rows = shop.conduyt("jobs", "list", "--workspace", shop.workspace).out.splitlines()[2:]

    assert [row.split()[0] for row in rows] == [shop.failed]


def test_a_job_is_shown_whole(shop: Shop) -> None:
    shown = dict(line.split(maxsplit=1) for line in shop.conduyt("jobs", "show", shop.failed).out.splitlines())

    assert (shown["workspace"], shown["kind"], shown["state"]) == (shop.workspace, "presses.print", "failed")
    assert (shown["args"], shown["attempt"], shown["last_error"]) == ("{'page': 7}", "1", "out of paper")


def test_a_retried_job_runs_again_with_all_its_attempts(shop: Shop) -> None:
    shop.presses.paper = True

    assert shop.conduyt("jobs", "retry", shop.failed) == (0, f"{shop.failed} is queued again\n", "")
    queued = shop.job(shop.failed)
    assert (queued.state, queued.attempt, queued.finished_at) == ("queued", 0, None)
    assert shop.conduyt.kit.job_executor().run_due() == 1
    assert (shop.job(shop.failed).state, shop.job(shop.failed).attempt) == ("done", 1)


def test_a_dismissed_job_is_done_and_keeps_its_error(shop: Shop) -> None:
    assert shop.conduyt("jobs", "dismiss", shop.failed) == (0, f"{shop.failed} is dismissed\n", "")

    dismissed = shop.job(shop.failed)
    assert (dismissed.state, dismissed.last_error) == ("done", "out of paper")
    assert dismissed.finished_at is not None


@pytest.mark.parametrize("command", ["retry", "dismiss"])
def test_only_failed_jobs_are_touched(shop: Shop, command: str) -> None:
    shop.conduyt("jobs", "dismiss", shop.failed)
    before = shop.job(shop.failed)

    ended = shop.conduyt("jobs", command, shop.failed)

    assert (ended.code, ended.out) == (1, "")
    assert f"The job {shop.failed} is done; only failed jobs can be retried or dismissed" in ended.err
    assert shop.job(shop.failed) == before


def test_an_unknown_job_is_not_found(shop: Shop) -> None:
    ended = shop.conduyt("jobs", "show", "job_none")

    assert (ended.code, ended.out) == (1, "")
    assert "There is no job with the id 'job_none'" in ended.err
