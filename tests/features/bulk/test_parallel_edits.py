import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.bulk.service import CHUNK
from tests.features.accounts import storage_plugins
from tests.features.bulk.batches import add_contacts, all_contacts, drain, outcome, progress, started, waiting_kit
from tests.features.calls import Api
from tests.features.records import told

RECORDS = CHUNK + 20


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def kit(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", request.param)
    with storage_plugins(tmp_path) as plugins, waiting_kit(plugins) as kit:
        yield kit


def at_once(*calls: Callable[[], None]) -> None:
    """Run these at the same moment and raise what one of them raised."""
    barrier = threading.Barrier(len(calls))
    wrong: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        barrier.wait(timeout=30)
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if wrong:
        raise wrong[0]


def test_edits_and_a_bulk_update_at_once_lose_nothing(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, RECORDS)
    job = started(api, "contacts/update", ids, updates={"source": "fair"})

    def edit() -> None:
        statuses = {api.patch(f"/contacts/{id}", {"lastName": "Edited"}).status for id in reversed(ids)}
        assert statuses == {200}

    at_once(lambda: drain(kit), edit)

    assert outcome(progress(api, job)) == ("completed", RECORDS, RECORDS, 0)
    assert {(c["lastName"], c["source"]) for c in all_contacts(api).values()} == {("Edited", "fair")}
    assert Counter(event.entity_id for event in told(kit, "contact.updated")) == dict.fromkeys(ids, 2)


def test_two_operations_on_the_same_records_at_once_both_complete(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, RECORDS)
    jobs = [started(api, "contacts/tag", ids, tags=["vip"]), started(api, "contacts/update", ids[::-1], updates={"source": "fair"})]
    claimed = kit.job_executor().claim(limit=2)
    assert len(claimed) == 2

    at_once(*(partial(kit.job_executor().run, workspace, job) for workspace, job in claimed))

    assert [outcome(progress(api, job)) for job in jobs] == [("completed", RECORDS, RECORDS, 0)] * 2
    assert {(tuple(c["tags"]), c["source"]) for c in all_contacts(api).values()} == {(("vip",), "fair")}


def test_deletions_and_a_bulk_deletion_at_once_delete_each_contact_once(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, RECORDS)
    job = started(api, "contacts/delete", ids)
    statuses: list[int] = []

    at_once(lambda: drain(kit), lambda: statuses.extend(api.delete(f"/contacts/{id}").status for id in reversed(ids)))

    status, total, processed, errors = outcome(progress(api, job))
    assert (status, total, processed) == ("completed", RECORDS, RECORDS)
    assert errors == statuses.count(204)
    assert statuses.count(204) + statuses.count(404) == RECORDS
    assert all_contacts(api) == {}
    assert Counter(event.entity_id for event in told(kit, "contact.deleted")) == dict.fromkeys(ids, 1)
