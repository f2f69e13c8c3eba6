from collections.abc import Iterator
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.sales import made
from tests.features.workflows.flows import TASK, add_workflow, flowing_kit, runs, states, tasks


@pytest.fixture
def kit(clock: FrozenClock) -> Iterator[Kit]:
    with flowing_kit(clock=clock, workflows={"most_runs_per_event": 60}) as kit:
        yield kit


def total(api: Api, workflow: str, status: str) -> int:
    count = api.get(f"/workflows/{workflow}/runs?status={status}").body["meta"]["total"]
    assert isinstance(count, int)
    return count


def note(title: str) -> dict[str, Any]:
    return {"type": "create_task", "config": {"title": title}}


def test_workflow_that_triggers_itself_stops_and_its_run_says_so(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "task.created", TASK, note("second"), conditions={"title": {"ne": "second"}})

    made(api, "/tasks", {"title": "x"})
    drain(kit)

    found = runs(api, id)
    assert [run["status"] for run in found] == ["success"] * 10 + ["failed"]
    assert states(found[-1]) == ("failed", ["failed", "skipped"])
    assert found[-1]["actions"][0]["error"] == (
        "Stopped: 10 events led to one another through workflows; does this workflow cause its own trigger?"
    )
    assert found[-1]["completedAt"] is not None
    assert len(tasks(api)) == 21


def test_two_workflows_that_trigger_each_other_stop(api: Api, kit: Kit) -> None:
    ping = add_workflow(api, "task.created", note("pong"), conditions={"title": "ping"})
    pong = add_workflow(api, "task.created", note("ping"), conditions={"title": "pong"})

    made(api, "/tasks", {"title": "ping"})
    drain(kit)

    assert [(total(api, id, "success"), total(api, id, "failed")) for id in (ping, pong)] == [(5, 1), (5, 0)]
    assert len(tasks(api)) == 11


def test_next_event_of_a_person_begins_a_new_chain(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "task.created", TASK)
    for _ in range(2):
        made(api, "/tasks", {"title": "x"})
        drain(kit)

    assert (total(api, id, "success"), total(api, id, "failed")) == (20, 2)


def test_fan_out_is_stopped_long_before_the_chain_is(api: Api, kit: Kit) -> None:
    ids = [add_workflow(api, "task.created", TASK, TASK) for _ in range(3)]

    made(api, "/tasks", {"title": "x"})
    drain(kit)

    succeeded = sum(total(api, id, "success") for id in ids)
    stopped = [run for id in ids for run in runs(api, id, "&status=failed")]
    assert succeeded == 60
    assert {run["actions"][0]["error"] for run in stopped} == {"Stopped: one event caused 60 runs by way of further events"}
    assert len(tasks(api)) <= 1 + 2 * 60


def test_many_events_of_one_request_are_no_fan_out(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created")
    contacts = [{"firstName": "P", "lastName": str(number)} for number in range(80)]
    assert api.post("/contacts/import", {"contacts": contacts}).status == 202
    drain(kit)

    assert (total(api, id, "success"), total(api, id, "failed")) == (80, 0)


def test_loop_of_one_workspace_leaves_others_alone(api: Api, other_api: Api, kit: Kit) -> None:
    add_workflow(api, "task.created", TASK)
    made(api, "/tasks", {"title": "x"})
    made(other_api, "/tasks", {"title": "y"})
    drain(kit)

    assert tasks(other_api) == ["y"]
