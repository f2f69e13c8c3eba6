import datetime as dt
import threading
from typing import Any

import pytest
from click.testing import CliRunner

from conduyt_dramatiq.command import worker
from conduyt_dramatiq.plugin import DramatiqPlugin
from conduyt_dramatiq.settings import BrokerSettings
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.errors import SettingsError, StorageUnavailable, Unavailable
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE, JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.contracts.jobs import Jobs
from conduyt_kit.testing.contracts.jobs_domain import WorkPlugin, leave_trace


@pytest.mark.parametrize("threads", [1, 3])
def test_as_many_jobs_run_at_once_as_there_are_threads_and_no_more_are_claimed(threads: int, make_kit: Any) -> None:
    together = threading.Barrier(threads + 1)
    go_on = threading.Event()

    def meet(run: JobRun) -> None:
        if not go_on.is_set():
            together.wait(20)
        go_on.wait(20)
        leave_trace(run)

    kit: Kit = make_kit(JobSpec(kind="work.meet", run=meet), threads=threads)
    jobs = Jobs(kit)
    kit.start(work=True)
    for number in range(threads + 2):
        jobs.enqueue("work.meet", args={"key": str(number)})

    together.wait(20)

    assert sorted(job.state for job in jobs.all()) == ["queued"] * 2 + ["running"] * threads
    assert {job.attempt for job in jobs.all() if job.state == "queued"} == {0}
    go_on.set()
    jobs.until(lambda: len(jobs.traces()) == threads + 2)


def test_a_database_that_fails_for_a_moment_does_not_end_the_work(make_kit: Any, storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kit: Kit = make_kit(sweep_interval=0.05)
    jobs = Jobs(kit)
    claim = storage.claim
    failures: list[OSError] = []

    def fail_twice(**values: Any) -> Any:
        if len(failures) < 2:
            failures.append(OSError("the database is away"))
            raise failures[-1]
        return claim(**values)

    monkeypatch.setattr(storage, "claim", fail_twice)
    kit.start(work=True)

    job = jobs.finished(jobs.enqueue("work.trace", args={"key": "a"}))

    assert (job.state, len(failures)) == ("done", 2)


def test_an_outcome_that_cannot_be_written_costs_no_thread(make_kit: Any, storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = storage.begin
    failures: list[OSError] = []

    def fail(workspace: str, *, write: bool) -> Any:
        # Neither that the job is done nor that this could not be written can be written.
        if write and len(failures) < 2:
            failures.append(OSError("the database is away"))
            raise failures[-1]
        return begin(workspace, write=write)

    kit: Kit = make_kit(JobSpec(kind="work.breaks", run=lambda _: monkeypatch.setattr(storage, "begin", fail)), threads=1)
    jobs = Jobs(kit)
    kit.start(work=True)
    broken = jobs.enqueue("work.breaks")
    jobs.until(lambda: len(failures) == 2)

    other = jobs.finished(jobs.enqueue("work.trace", args={"key": "other"}))

    assert other.state == "done"
    assert (jobs.get(broken).state, jobs.get(broken).attempt) == ("running", 1)


def test_a_working_process_ticks_the_schedules(make_kit: Any) -> None:
    kit: Kit = make_kit()
    kit.start(work=True)

    system = Jobs(kit, SYSTEM_WORKSPACE)

    system.until(lambda: [job.state for job in system.all()] == ["done"])
    assert [job.kind for job in system.all()] == ["kernel.clean_up"]


def test_a_process_that_only_enqueues_starts_no_work(make_kit: Any) -> None:
    kit: Kit = make_kit()
    kit.start()
    jobs = Jobs(kit)

    job = jobs.enqueue("work.trace", args={"key": "a"})
    worker_kit: Kit = make_kit()
    assert jobs.get(job).state == "queued"
    worker_kit.start(work=True)

    assert jobs.finished(job).state == "done"


def test_the_doctor_hears_of_jobs_that_nobody_runs(make_kit: Any) -> None:
    kit: Kit = make_kit(oldest_due=60)
    jobs = Jobs(kit)
    checks = {item.record.name: item.record for item in kit.health_checks}
    assert checks["oldest due job"].check(kit) == "no job waits"
    job = jobs.enqueue("work.trace", args={"key": "a"})

    assert checks["oldest due job"].check(kit).startswith("the oldest due job has waited for ")
    jobs.put(job, due_at=kit.clock.now() - dt.timedelta(seconds=90))
    with pytest.raises(Unavailable, match=r"has waited for 9\d s, 60 s are allowed; start more workers: `conduyt worker`"):
        checks["oldest due job"].check(kit)

    assert checks["broker"].check(kit) == "jobs run in process, without a broker"
    assert not any(check.essential for check in checks.values())


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("url", "localhost:6379", "broker.url: must be empty or a URL that begins with redis://, rediss://, amqp://, amqps://"),
        ("url", "sqs://eu-west-1", "broker.url: must be empty or a URL that begins with redis://, rediss://, amqp://, amqps://"),
        ("threads", 0, "broker.threads: 'threads' must be >= 1: 0"),
        ("sweep_interval", -1.0, "broker.sweep_interval: 'sweep_interval' must be >= 0: -1.0"),
    ],
)
def test_a_wrong_setting_is_explained(key: str, value: object, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Kit.build({"broker": {key: value}}, plugins=[DramatiqPlugin()])

    assert problem in str(caught.value)


def test_the_environment_names_the_broker_and_its_password_is_never_shown() -> None:
    url = "redis://:secret@localhost:6379/3"

    kit = Kit.build(Sources(environment={"CONDUYT_BROKER_URL": url}), plugins=[DramatiqPlugin()])

    assert kit.settings.section(BrokerSettings).url.reveal() == url
    shown = {item.key: item.shown for item in kit.settings.explained if item.section == "broker"}
    assert shown["url"] == "*****"


class State:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def kit(self) -> Kit:
        return self._kit


def test_a_worker_on_storage_that_only_it_can_see_is_refused() -> None:
    kit = Kit.build({"features": ["work"]}, plugins=[WorkPlugin(), DramatiqPlugin()])

    with pytest.raises(SettingsError, match="seen by one process only"):
        CliRunner().invoke(worker, [], obj=State(kit), catch_exceptions=False)


def test_a_worker_on_a_database_that_is_not_ready_is_refused(make_kit: Any, storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def check() -> None:
        raise StorageUnavailable("tables are missing; run `conduyt db upgrade`")

    monkeypatch.setattr(storage, "check", check)
    kit: Kit = make_kit()

    with pytest.raises(StorageUnavailable, match="conduyt db upgrade"):
        CliRunner().invoke(worker, [], obj=State(kit), catch_exceptions=False)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("conduyt-")]


def test_threads_of_the_command_are_refused_for_another_runner() -> None:
    inline = ProviderSpec[Any](port=JOB_RUNNER, name="mine", make=lambda kit: InlineJobs(kit.job_executor, kit.scheduler))
    settings = {"providers": {"jobs": "mine"}, "features": ["work"]}
    kit = Kit.build(settings, plugins=[WorkPlugin(providers=[inline]), DramatiqPlugin()])

    result = CliRunner().invoke(worker, ["--threads", "2"], obj=State(kit))

    assert result.exit_code == 2
    assert "--threads is for the runner of conduyt-dramatiq; `providers` chooses 'mine'" in result.output


def test_a_job_that_may_have_killed_its_worker_runs_apart_from_all_that_died(make_kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduyt_dramatiq.pool.BESIDE_A_SUSPECT", dt.timedelta(milliseconds=50))
    running: list[str] = []
    most: list[int] = []
    go_on = threading.Event()

    def suspicious(run: JobRun) -> None:
        running.append(run.job.id)
        most.append(len(running))
        go_on.wait(20)
        running.remove(run.job.id)
        leave_trace(run)

    kit: Kit = make_kit(JobSpec(kind="work.suspicious", run=suspicious), sweep_interval=0.05)
    jobs = Jobs(kit)
    past = kit.clock.now() - dt.timedelta(seconds=1)
    died = {"state": "running", "attempt": 2, "lease_token": "of a dead worker", "lease_until": past}
    for number, error in enumerate([None, "Attempt 2 has begun and nothing was heard of its end", "ValueError: no paper"]):
        job = jobs.enqueue("work.suspicious", args={"key": f"suspect {number}"})
        jobs.put(job, **died, last_error=error)
    kit.start(work=True)

    jobs.until(lambda: len(running) == 1)
    jobs.finished(jobs.enqueue("work.trace", args={"key": "other"}))
    assert jobs.traces() == ["other"]
    go_on.set()
    jobs.until(lambda: len(jobs.traces()) == 4)

    assert most == [1, 1, 1]
    assert {job.attempt for job in jobs.all() if job.kind == "work.suspicious"} == {3}
