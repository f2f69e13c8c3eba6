"""What tests of workflows start with: a kit whose jobs wait, people, workflows, and what became of runs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import attrs

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from tests.features.bulk.batches import WaitingJobs, drain
from tests.features.calls import Answer, Api
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import made

TASK = {"type": "create_task", "config": {"title": "Follow up"}}


class Trouble(KitPlugin):
    """Offers actions that go wrong: what is in `errors` is raised, one at each attempt, before an action does its work."""

    name: ClassVar[str] = "trouble"

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.called: list[Mapping[str, Any]] = []

    def conduyt_actions(self) -> Iterable[ActionSpec]:
        return [
            ActionSpec(name="trouble", description="Note something, or fail.", config=TroubleConfig, run=self._run),
            ActionSpec(name="ring", description="Call somebody outside.", config=TroubleConfig, run=self._prepare, call=self._call),
        ]

    def _run(self, unit: UnitOfWork, config: "TroubleConfig", _: Mapping[str, Any]) -> Mapping[str, Any]:
        tasks = unit.repository_named("task")
        assert tasks is not None
        tasks.create(title=config.note)
        if self.errors:
            raise self.errors.pop(0)
        return {"noted": config.note}

    def _prepare(self, unit: UnitOfWork, config: "TroubleConfig", context: Mapping[str, Any]) -> Mapping[str, Any]:
        tasks = unit.repository_named("task")
        assert tasks is not None
        return {"note": config.note, "task": tasks.create(title=config.note).id, "run": context["run"]["id"]}

    def _call(self, _: Environment, prepared: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.errors:
            raise self.errors.pop(0)
        self.called.append(prepared)
        return {"answer": prepared["note"]}


@attrs.frozen(kw_only=True)
class TroubleConfig:
    note: str = "noted"


@contextmanager
def flowing_kit(*plugins: KitPlugin, clock: Clock | None = None, **settings: Any) -> Iterator[Kit]:
    """Yield a kit whose jobs wait until they are drained, with a user for the admin of ``ws_a``."""
    options = {"rate_limit": "off", "providers": {"authentication": "test"}, **settings}
    with Kit.build(options, plugins=[TestAuthPlugin(), WaitingJobs(), *plugins], clock=clock) as kit:
        hire(kit, "usr_ada")
        yield kit


def hire(kit: Kit, id: str, *, workspace: str = "ws_a", **more: Any) -> str:
    """Add a user with that id."""
    with kit.unit_of_work(workspace) as unit:
        users = unit.repository_named("user")
        assert users is not None
        address = f"{id}@example.org"
        users.create(**{"id": id, "name": id, "email": address, "email_key": address, "role": "member", "status": "active", **more})
    return id


def add_workflow(api: Api, event: str, *actions: dict[str, Any], conditions: Any = None, active: bool = True) -> str:
    """Create a workflow and return its id."""
    trigger = {"event": event} if conditions is None else {"event": event, "conditions": conditions}
    id = made(api, "/workflows", {"name": "Welcome", "trigger": trigger, "actions": list(actions or (TASK,))})["id"]
    if active:
        assert api.post(f"/workflows/{id}/activate").status == 200
    assert isinstance(id, str)
    return id


def runs(api: Api, workflow: str, query: str = "") -> list[dict[str, Any]]:
    """Return the runs of a workflow in full, oldest first."""
    listed = api.get(f"/workflows/{workflow}/runs?limit=100{query}").body["data"]
    return [api.get(f"/workflows/{workflow}/runs/{item['id']}").body["data"] for item in reversed(listed)]


def only_run(api: Api, workflow: str) -> dict[str, Any]:
    found = runs(api, workflow)
    assert len(found) == 1, found
    return found[0]


def states(run: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the status of a run and those of its actions."""
    return run["status"], [action["status"] for action in run["actions"]]


def tasks(api: Api) -> list[str]:
    """Return the titles of all tasks, oldest first."""
    return [task["title"] for task in reversed(api.get("/tasks?limit=100").body["data"])]


def fire(api: Api, event: str = "custom.scored", **data: Any) -> Answer:
    """Record a custom event."""
    with api.kit.unit_of_work(api.token.partition("-")[2]) as unit:
        unit.record_event(event, data)
    drain(api.kit)
    return Answer(202, None)


def refusal(message: str = "No") -> ConduytError:
    from conduyt_kit.kernel.errors import Conflict

    return Conflict(message)
