import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.workflows.flows import TASK, add_workflow, fire, flowing_kit, only_run, refusal, states, tasks


@attrs.frozen(kw_only=True)
class Later:
    delay: int = 0


class Patience(KitPlugin):
    """Offers an action that may be delayed."""

    name: ClassVar[str] = "patience"

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def conduyt_actions(self) -> Iterable[ActionSpec]:
        return [ActionSpec(name="later", description="Make a task, later.", config=Later, run=self._run)]

    def _run(self, unit: UnitOfWork, config: Later, _: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.errors:
            raise self.errors.pop()
        repository = unit.repository_named("task")
        assert repository is not None
        repository.create(title=f"after {config.delay}")
        return {}


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def kit(clock: FrozenClock, patience: Patience) -> Iterator[Kit]:
    with flowing_kit(patience, clock=clock) as kit:
        yield kit


def later(minutes: int) -> dict[str, Any]:
    return {"type": "later", "config": {"delay": minutes}}


def pass_minutes(kit: Kit, clock: FrozenClock, minutes: float) -> None:
    clock.advance(dt.timedelta(minutes=minutes))
    drain(kit)


def test_delay_is_in_minutes_and_begins_when_the_action_is_next(api: Api, kit: Kit, clock: FrozenClock) -> None:
    id = add_workflow(api, "custom.scored", TASK, later(30), later(60), TASK)
    fire(api)
    seen = [tasks(api)]
    for minutes in (29.9, 0.1, 59.9, 0.1):
        pass_minutes(kit, clock, minutes)
        seen.append(tasks(api))

    assert [len(titles) for titles in seen] == [1, 1, 2, 2, 4]
    assert seen[-1] == ["Follow up", "after 30", "after 60", "Follow up"]
    run = only_run(api, id)
    assert states(run) == ("success", ["success"] * 4)
    assert run["durationMs"] == 90 * 60 * 1000
    assert run["actions"][1] == {
        "type": "later",
        "status": "success",
        "config": {"delay": 30},
        "result": {},
        "executedAt": "2026-03-15T11:00:00Z",
    }


def test_no_delay_is_at_once(api: Api) -> None:
    add_workflow(api, "custom.scored", later(0))
    fire(api)

    assert tasks(api) == ["after 0"]


def test_waiting_action_is_running(api: Api) -> None:
    id = add_workflow(api, "custom.scored", later(5), TASK)
    fire(api)

    assert states(only_run(api, id)) == ("running", ["running", "pending"])


def test_delayed_action_of_a_deactivated_workflow_still_happens(api: Api, kit: Kit, clock: FrozenClock) -> None:
    id = add_workflow(api, "custom.scored", later(60))
    fire(api)
    api.post(f"/workflows/{id}/deactivate")
    pass_minutes(kit, clock, 60)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert tasks(api) == ["after 60"]


def test_retry_does_not_wait_again(api: Api, kit: Kit, clock: FrozenClock, patience: Patience) -> None:
    id = add_workflow(api, "custom.scored", later(60))
    patience.errors = [refusal()]
    fire(api)
    pass_minutes(kit, clock, 60)
    run = only_run(api, id)
    assert states(run) == ("failed", ["failed"])

    assert api.post(f"/workflows/{id}/runs/{run['id']}/retry").status == 200
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
