import datetime as dt
from collections.abc import Iterator

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.testing.counting import CountingStorage
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.counting import CountingPlugin
from tests.features.sales import add_contact, found
from tests.features.workflows.flows import add_workflow, fire, flowing_kit, runs, tasks

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def counting() -> CountingPlugin:
    return CountingPlugin()


@pytest.fixture
def kit(counting: CountingPlugin, clock: FrozenClock) -> Iterator[Kit]:
    with flowing_kit(counting, clock=clock) as kit:
        yield found(kit, "ws_a")


@pytest.fixture
def storage(counting: CountingPlugin) -> CountingStorage:
    return counting.storage


def test_writes_cost_nothing_more_where_no_workflow_waits_for_them(api: Api, storage: CountingStorage, clock: FrozenClock) -> None:
    add_contact(api)
    storage.clear()
    add_contact(api)
    without = dict(storage.calls)

    add_workflow(api, "deal.won")
    clock.advance(SECOND)
    add_contact(api)
    storage.clear()
    add_contact(api)

    assert dict(storage.calls) == without


def test_write_that_starts_a_run_costs_its_request_nothing_more(api: Api, storage: CountingStorage, clock: FrozenClock) -> None:
    add_contact(api)
    storage.clear()
    add_contact(api)
    without = dict(storage.calls)

    add_workflow(api, "contact.created")
    clock.advance(SECOND)
    add_contact(api)
    storage.clear()
    add_contact(api)

    assert dict(storage.calls) == without


def test_calls_of_a_run_are_few(api: Api, kit: Kit, storage: CountingStorage, clock: FrozenClock) -> None:
    add_workflow(api, "custom.scored")
    drain(kit)
    clock.advance(SECOND)
    fire(api)
    with kit.unit_of_work("ws_a") as unit:
        unit.record_event("custom.scored", {})
    storage.clear()

    drain(kit)

    # The delivery: the event, the workflows that wait for it, the locked one, whether it ran before; run and job; the count; the end.
    # The run: its chain; itself, its owner; the task, its progress with the lease; the end. Ends are written once by each job's runner.
    assert dict(storage.calls) == {"get": 5, "find": 2, "insert": 2, "update": 5, "update_where": 1, "commit": 5}


def test_lists_and_single_records_cost_one_call_each(api: Api, storage: CountingStorage) -> None:
    id = add_workflow(api, "custom.scored")
    for _ in range(3):
        fire(api)
    run = runs(api, id)[0]["id"]
    costs = []
    for path in ("/workflows", f"/workflows/{id}", f"/workflows/{id}/runs", f"/workflows/{id}/runs/{run}"):
        storage.clear()
        assert api.get(path).status == 200
        costs.append(storage.total)

    assert costs == [1, 1, 2, 1]


def test_event_that_another_process_wrote_before_it_knew_of_the_workflow_starts_its_run_later(
    api: Api, kit: Kit, clock: FrozenClock, counting: CountingPlugin
) -> None:
    with flowing_kit_on(counting, clock) as elsewhere:
        there = Api(elsewhere, "admin-ws_a")
        add_contact(there)
        clock.advance(SECOND)
        id = add_workflow(api, "contact.created")
        drain(kit)
        missed = add_contact(there)
        drain(elsewhere)
        assert runs(api, id) == []

        clock.advance(dt.timedelta(minutes=1))
        drain(kit)

        assert [run["triggerData"]["contactId"] for run in runs(api, id)] == [missed["id"]]
        clock.advance(dt.timedelta(minutes=10))
        drain(kit)
        assert len(runs(api, id)) == 1
        assert len(tasks(api)) == 1


def flowing_kit_on(counting: CountingPlugin, clock: FrozenClock) -> Kit:
    """Return another process's kit on the same storage."""
    from tests.features.bulk.batches import WaitingJobs
    from tests.features.conftest import TestAuthPlugin

    options = {"rate_limit": "off", "providers": {"authentication": "test"}}
    return Kit.build(options, plugins=[TestAuthPlugin(), WaitingJobs(), counting], clock=clock)
