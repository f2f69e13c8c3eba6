from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.workflows.flows import add_workflow, fire, only_run, runs, states, tasks


def become(kit: Kit, **changes: Any) -> None:
    """Change the user who makes the workflows."""
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.change(users.get_for_update("usr_ada"), **changes)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"role": "viewer"}, "usr_ada, who made this workflow, may only read"), ({"status": "invited"}, "is no longer an active user")],
)
def test_actions_need_the_rights_that_their_owner_still_has(api: Api, kit: Kit, change: dict[str, Any], error: str) -> None:
    id = add_workflow(api, "custom.scored")
    become(kit, **change)

    fire(api)

    run = only_run(api, id)
    assert states(run) == ("failed", ["failed"])
    assert error in run["actions"][0]["error"]
    assert tasks(api) == []


def test_owner_who_was_removed_stops_the_workflow(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "custom.scored")
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.remove(users.get_for_update("usr_ada"))

    fire(api)

    assert states(only_run(api, id)) == ("failed", ["failed"])
    assert tasks(api) == []


def test_workflow_of_nobody_runs(api: Api, kit: Kit) -> None:
    from conduyt_kit.features.workflows import Workflows
    from tests.features.workflows.flows import TASK

    with kit.unit_of_work("ws_a") as unit:
        made = unit[Workflows].create(name="x", trigger_event="custom.scored", actions=[TASK])
        unit[Workflows].activate(made.id)
    become(kit, role="viewer")

    fire(api)

    assert [states(run) for run in runs(api, made.id)] == [("success", ["success"])]


def test_who_retries_answers_for_the_rest(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "custom.scored")
    become(kit, role="viewer")
    fire(api)
    become(kit, role="member")

    run = only_run(api, id)
    assert api.post(f"/workflows/{id}/runs/{run['id']}/retry").status == 200
    fire(api, "custom.other")

    assert states(only_run(api, id)) == ("success", ["success"])
