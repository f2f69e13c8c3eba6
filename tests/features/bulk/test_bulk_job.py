import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.bulk import BULK_JOB, BulkJobs
from conduyt_kit.features.bulk.service import CHUNK
from conduyt_kit.features.tags import Tags
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import where
from tests.features.accounts import storage_plugins
from tests.features.bulk.batches import add_contacts, all_contacts, drain, outcome, progress, started, waiting_kit
from tests.features.calls import Api
from tests.features.records import ADA, WORKSPACE, add_user, told


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    with storage_plugins(tmp_path) as plugins, waiting_kit(plugins, clock) as kit:
        yield kit


def step(kit: Kit, job: dict[str, Any], *, commit: bool = True) -> bool:
    """Handle one chunk of a bulk job as its durable job does."""
    unit = kit.unit_of_work(WORKSPACE, actor=ADA)
    more = unit[BulkJobs].handle(unit[BulkJobs].work(job["jobId"]))
    unit.commit() if commit else unit.rollback()
    return more


def test_progress_shows_the_answer_until_the_job_runs(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 2))

    assert progress(api, job) == {**job, "errorDetails": []}
    assert len(all_contacts(api)) == 2
    drain(kit)
    assert outcome(progress(api, job)) == ("completed", 2, 2, 0)
    assert all_contacts(api) == {}


def test_progress_counts_what_is_committed(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 2 * CHUNK + 3))

    assert step(kit, job) is True
    assert outcome(progress(api, job)) == ("processing", 2 * CHUNK + 3, CHUNK, 0)
    assert len(all_contacts(api)) == CHUNK + 3
    assert step(kit, job, commit=False) is True
    assert outcome(progress(api, job)) == ("processing", 2 * CHUNK + 3, CHUNK, 0)
    drain(kit)
    assert outcome(progress(api, job)) == ("completed", 2 * CHUNK + 3, 2 * CHUNK + 3, 0)


def test_job_that_runs_again_after_the_end_changes_nothing(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/update", add_contacts(kit, 2), updates={"source": "fair"})
    drain(kit)
    done, events = progress(api, job), len(told(kit))
    with kit.unit_of_work(WORKSPACE) as unit:
        unit.repository(JOB).update_where(where(key=job["jobId"]), state="queued", attempt=0)

    drain(kit)

    assert (progress(api, job), len(told(kit))) == (done, events)


def test_edits_made_meanwhile_stay_on_both_sides_of_the_progress(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, CHUNK + 20)
    job = started(api, "contacts/update", ids, updates={"source": "fair"})
    step(kit, job)
    handled, waiting, gone = ids[0], ids[CHUNK + 1], ids[CHUNK + 2]

    api.patch(f"/contacts/{handled}", {"source": "mine"})
    api.patch(f"/contacts/{waiting}", {"lastName": "Married", "source": "mine"})
    api.delete(f"/contacts/{gone}")
    drain(kit)

    found = all_contacts(api)
    assert found[handled]["source"] == "mine"
    assert (found[waiting]["lastName"], found[waiting]["source"]) == ("Married", "fair")
    assert outcome(progress(api, job)) == ("completed", CHUNK + 20, CHUNK + 20, 1)
    assert [error["id"] for error in progress(api, job)["errorDetails"]] == [gone]
    assert sum(contact["source"] == "fair" for contact in found.values()) == CHUNK + 18


def test_records_made_after_the_start_are_left_alone(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 2))
    (later,) = add_contacts(kit, 1)

    drain(kit)

    assert (list(all_contacts(api)), outcome(progress(api, job))) == ([later], ("completed", 2, 2, 0))


def test_what_is_referred_to_and_was_deleted_meanwhile_makes_errors_and_no_failure(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Bob")
    ids = add_contacts(kit, 2)
    job = started(api, "contacts/update", ids, updates={"assignedTo": user, "source": "fair"})
    before, events = all_contacts(api), len(told(kit, "contact."))
    with kit.unit_of_work(WORKSPACE) as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.remove(users.get_for_update(user))

    drain(kit)

    found = progress(api, job)
    assert outcome(found) == ("completed", 2, 2, 2)
    message = "Refers to a record that does not exist in this workspace"
    assert found["errorDetails"] == [{"id": id, "field": "assignedTo", "message": message} for id in ids]
    assert (all_contacts(api), len(told(kit, "contact."))) == (before, events)


def test_tag_deleted_meanwhile_is_made_again(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/tag", add_contacts(kit, 2), tags=["vip"])
    with kit.unit_of_work(WORKSPACE) as unit:
        tag = unit[Tags].named("vip")
        assert tag is not None
        unit[Tags].delete(tag.id)

    drain(kit)

    assert outcome(progress(api, job)) == ("completed", 2, 2, 0)
    assert [contact["tags"] for contact in all_contacts(api).values()] == [["vip"], ["vip"]]


def test_ids_and_values_are_forgotten_at_the_end(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/update", add_contacts(kit, 1), updates={"phone": "+4722856000"})
    drain(kit)

    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        kept = unit.repository(BULK_JOB).get(job["jobId"])
        arguments = [j.args for j in unit.repository(JOB).all(where(kind="bulk.run"))]
    assert (kept.ids, kept.arguments, kept.finished_at) == ([], {}, kit.clock.now())
    assert arguments == [{"bulk_job": job["jobId"]}]


def test_operation_whose_job_gave_up_has_failed_until_it_is_retried(kit: Kit, api: Api, clock: FrozenClock) -> None:
    job = started(api, "contacts/update", add_contacts(kit, 1), updates={"source": "fair"})
    set_arguments(kit, job, {"source": 7})
    for _ in range(5):
        drain(kit)
        clock.advance(dt.timedelta(hours=2))

    assert outcome(progress(api, job)) == ("failed", 1, 0, 0)
    set_arguments(kit, job, {"source": "fair"})
    settle(kit, job, state="queued", attempt=0)
    assert outcome(progress(api, job)) == ("processing", 1, 0, 0)
    drain(kit)
    assert outcome(progress(api, job)) == ("completed", 1, 1, 0)


def test_operation_whose_failed_job_was_dismissed_stays_failed(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 1))

    settle(kit, job, state="done")
    assert outcome(progress(api, job)) == ("failed", 1, 0, 0)
    with kit.unit_of_work(WORKSPACE) as unit:
        unit.repository(JOB).delete_where(where(key=job["jobId"]))
    assert outcome(progress(api, job)) == ("failed", 1, 0, 0)


def test_job_of_another_workspace_is_not_found(kit: Kit, api: Api, other_api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 1))

    assert other_api.get(f"/bulk/jobs/{job['jobId']}").status == 404
    assert api.get("/bulk/jobs/job_unknown").status == 404


def test_refusal_is_counted_for_the_next_record_only(kit: Kit, api: Api) -> None:
    job = started(api, "contacts/delete", add_contacts(kit, 2))

    def refuse(place: int) -> bool:
        with kit.unit_of_work(WORKSPACE) as unit:
            return unit[BulkJobs].refuse(unit[BulkJobs].work(job["jobId"]), place, Conflict("Still in use"))

    assert (refuse(1), refuse(0), refuse(0)) == (True, True, True)
    assert outcome(progress(api, job)) == ("processing", 2, 1, 1)
    assert (refuse(1), refuse(1)) == (False, False)
    assert outcome(progress(api, job)) == ("completed", 2, 2, 2)
    assert [(error["field"], error["message"]) for error in progress(api, job)["errorDetails"]] == [("id", "Still in use")] * 2


def test_each_record_is_told_of_once(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, CHUNK + 1)
    job = started(api, "contacts/update", ids, updates={"source": "fair"})
    step(kit, job)
    drain(kit)

    assert Counter(event.entity_id for event in told(kit, "contact.updated")) == dict.fromkeys(ids, 1)


def set_arguments(kit: Kit, job: dict[str, Any], arguments: dict[str, Any]) -> None:
    with kit.unit_of_work(WORKSPACE) as unit:
        unit.repository(BULK_JOB).update_where(where(id=job["jobId"]), arguments=arguments)


def settle(kit: Kit, job: dict[str, Any], **changes: Any) -> None:
    with kit.unit_of_work(WORKSPACE) as unit:
        unit.repository(JOB).update_where(where(key=job["jobId"]), **changes, due_at=unit.now)
