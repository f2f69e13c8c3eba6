"""A worker dies before or after each of the commits of a run; another one takes over when its lease is over."""

import datetime as dt
from typing import Any

import pytest

from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Contention
from tests.features.bulk.batches import drain
from tests.features.bulk.test_crashes import FailingPlugin, Killed
from tests.features.calls import Api
from tests.features.workflows.flows import Trouble, add_workflow, fire, flowing_kit, only_run, states, tasks

TITLES = ["first", "second", "third"]
ACTIONS: list[dict[str, Any]] = [{"type": "create_task", "config": {"title": title}} for title in TITLES[:2]]
ACTIONS.append({"type": "ring", "config": {"note": "third"}})
# The delivery of the event, with the run's start, and its job's end once more; each action, the call's answer too; the job's end.
COMMITS = 2 + 1 + 1 + 2 + 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, COMMITS + 1))
def test_each_action_happens_once_and_in_order_when_a_worker_dies(clock: FrozenClock, at: int, after: bool) -> None:
    storage, trouble = FailingPlugin(), Trouble()
    with flowing_kit(storage, trouble, clock=clock) as kit:
        api = Api(kit, "admin-ws_a")
        id = add_workflow(api, "custom.scored", *ACTIONS)
        drain(kit)
        with kit.unit_of_work("ws_a") as unit:
            unit.record_event("custom.scored", {})
        storage.storage.fail(at, after=after)

        with pytest.raises(Killed):
            drain(kit)
        clock.advance(dt.timedelta(minutes=2))
        drain(kit)

        run = only_run(api, id)
        assert states(run) == ("success", ["success"] * 3)
        assert tasks(api) == TITLES
        assert [action["result"].get("answer") for action in run["actions"]] == [None, None, "third"]
        assert len(trouble.called) in (1, 2)
        assert api.get(f"/workflows/{id}").body["data"]["runCount"] == 1


def test_there_is_no_further_commit_to_die_at(clock: FrozenClock) -> None:
    storage = FailingPlugin()
    with flowing_kit(storage, Trouble(), clock=clock) as kit:
        api = Api(kit, "admin-ws_a")
        add_workflow(api, "custom.scored", *ACTIONS)
        drain(kit)
        with kit.unit_of_work("ws_a") as unit:
            unit.record_event("custom.scored", {})
        storage.storage.fail(COMMITS + 1)

        drain(kit)

        assert tasks(api) == TITLES


@pytest.mark.parametrize("at", range(2, COMMITS))
def test_transaction_that_the_database_gives_up_is_tried_again(clock: FrozenClock, at: int) -> None:
    storage, trouble = FailingPlugin(), Trouble()
    with flowing_kit(storage, trouble, clock=clock) as kit:
        api = Api(kit, "admin-ws_a")
        id = add_workflow(api, "custom.scored", *ACTIONS)
        drain(kit)
        storage.storage.fail(at + 1, Contention)
        fire(api)
        clock.advance(dt.timedelta(minutes=2))
        drain(kit)

        assert states(only_run(api, id)) == ("success", ["success"] * 3)
        assert tasks(api) == TITLES
        assert len(trouble.called) == 1
