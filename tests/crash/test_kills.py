from collections import Counter
from typing import Any

from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import EVERYTHING
from conduyt_kit.testing.contracts.jobs import Jobs

KILLS = 6


def test_what_a_killed_writer_acknowledged_is_there_with_its_event_and_jobs_and_nothing_is_there_by_half(jobs: Jobs, start: Any) -> None:
    acknowledged: list[int] = []
    for turn in range(KILLS):
        writer = start("write", 10_000 * turn)
        acknowledged.extend(int(writer.stdout.readline()) for _ in range(5 + 7 * turn))
        writer.kill()
        acknowledged.extend(int(line) for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n"))

    with jobs.kit.unit_of_work(jobs.workspace, write=False) as unit:
        events = [event.data["note"] for event in unit.repository(EVENT).all(EVERYTHING)]
    written = [key.removeprefix("written ") for key in jobs.traces()]
    found = jobs.all()
    assert set(map(str, acknowledged)) <= set(written)
    assert len(set(written)) == len(written)
    assert sorted(events) == sorted(written)
    assert sorted(job.key for job in found if job.kind == "work.trace") == sorted(written)  # type: ignore[type-var]
    assert Counter(job.args["subscription"] for job in found if "subscription" in job.args) == dict.fromkeys(
        ("work.deaf", "work.listener"), len(written)
    )


def test_every_job_has_its_effect_once_however_often_its_worker_is_killed(jobs: Jobs, start_worker: Any) -> None:
    keys = [f"{number:03}" for number in range(400)]
    with jobs.kit.unit_of_work(jobs.workspace) as unit:
        for key in keys:
            unit.enqueue(NewJob(kind="crash.two_steps", key=key, args={"key": key}))
    kills_while_working = 0
    for _ in range(KILLS):
        worker = start_worker()
        before = len(jobs.traces())
        jobs.until(lambda before=before: len(jobs.traces()) >= min(before + 10, 2 * len(keys)))  # type: ignore[misc]
        worker.kill()
        worker.wait()
        kills_while_working += any(job.state == "running" for job in jobs.all())

    start_worker()
    jobs.until(lambda: {job.state for job in jobs.all()} == {"done"})

    assert sorted(jobs.traces()) == sorted([*keys, *(f"first {key}" for key in keys)])
    assert kills_while_working >= KILLS / 2
    assert max(job.attempt for job in jobs.all()) > 1


def test_a_job_that_kills_its_worker_is_set_aside_and_those_that_died_with_it_run(jobs: Jobs, start_worker: Any) -> None:
    with jobs.kit.unit_of_work(jobs.workspace) as unit:
        poison = unit.enqueue(NewJob(kind="crash.poison"))
        for number in range(3):
            unit.enqueue(NewJob(kind="crash.moment", args={"key": str(number)}))
    for _ in range(poison.max_attempts):
        assert start_worker().wait(30) == 66

    start_worker()
    jobs.until(lambda: {job.state for job in jobs.all()} == {"done", "failed"})

    failed = jobs.get(poison)
    assert (failed.state, failed.last_error) == ("failed", "The worker died during attempt 3")
    assert sorted(jobs.traces()) == ["0", "1", "2"]


def test_a_worker_told_to_stop_finishes_its_running_job_and_ends_with_0(jobs: Jobs, start: Any) -> None:
    worker = start("work", 0)
    job = jobs.enqueue("crash.last", args={"key": "long"})
    while "begun" not in worker.stdout.readline():
        assert worker.poll() is None

    worker.terminate()

    assert worker.wait(25) == 0
    assert jobs.get(job).state == "done"
    assert jobs.traces() == ["long"]
