from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.records import trail
from tests.features.sales import made, refused
from tests.features.workflows.flows import TASK, add_workflow

BODY: dict[str, Any] = {
    "name": "Deal Won",
    "description": "Thanks and a task",
    "trigger": {"event": "deal.stage_changed", "conditions": {"stageName": "Closed Won"}},
    "actions": [{"type": "create_task", "config": {"title": "Schedule kickoff call", "dueDays": 2, "assignTo": "deal.owner"}}],
}


def test_new_workflow_is_inactive_and_shown_as_given(api: Api) -> None:
    created = made(api, "/workflows", BODY)

    assert list(created) == [
        "id",
        "name",
        "description",
        "status",
        "trigger",
        "actions",
        "runCount",
        "lastRunAt",
        "createdAt",
        "updatedAt",
    ]
    assert {key: created[key] for key in BODY} == BODY
    assert (created["status"], created["runCount"], created["lastRunAt"]) == ("inactive", 0, None)
    assert created["id"].startswith("wf_")
    assert len(created["id"]) == 39
    assert api.get(f"/workflows/{created['id']}").body["data"] == created
    assert api.get("/workflows").body["data"] == [created]


def test_trigger_without_conditions_is_shown_without(api: Api) -> None:
    created = made(api, "/workflows", BODY | {"trigger": {"event": "contact.created"}})

    assert created["trigger"] == {"event": "contact.created"}


def test_policy_of_an_action_is_shown_where_it_was_given(api: Api) -> None:
    actions = [{**TASK, "onError": "continue"}, TASK]

    assert made(api, "/workflows", BODY, actions=actions)["actions"] == actions


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"trigger": {"event": "contact.exploded"}}, ["trigger.event"]),
        ({"trigger": {"event": "custom."}}, ["trigger.event"]),
        ({"trigger": {}}, ["trigger.event"]),
        ({"trigger": None}, ["trigger"]),
        ({"trigger": {"event": "contact.created", "conditions": {"source": ["a"]}}}, ["trigger.conditions.source"]),
        ({"trigger": {"event": "contact.created", "conditions": {"source": {}}}}, ["trigger.conditions.source"]),
        ({"trigger": {"event": "contact.created", "conditions": {"n": {"above": 1}}}}, ["trigger.conditions.n.above"]),
        ({"trigger": {"event": "contact.created", "conditions": {"n": {"in": 1}}}}, ["trigger.conditions.n.in"]),
        ({"trigger": {"event": "contact.created", "conditions": {"n": {"exists": 1}}}}, ["trigger.conditions.n.exists"]),
        ({"actions": []}, ["actions"]),
        ({"actions": [TASK] * 51}, ["actions"]),
        ({"actions": [TASK, {"type": "explode", "config": {}}]}, ["actions[1].type"]),
        ({"actions": [{"config": {}}]}, ["actions[0].type"]),
        ({"actions": [{"type": "create_task", "config": {"dueDays": "2"}}]}, ["actions[0].config.dueDays", "actions[0].config.title"]),
        ({"actions": [{"type": "create_task", "config": {"title": "x", "when": 1}}]}, ["actions[0].config.when"]),
        ({"actions": [{"type": "assign_contact", "config": {"strategy": "round_robin"}}]}, ["actions[0].config"]),
        ({"actions": [{**TASK, "onError": "explode"}]}, ["actions[0].onError"]),
        ({"status": "active"}, ["status"]),
        ({"name": " "}, ["name"]),
    ],
)
def test_workflow_that_cannot_work_is_refused(api: Api, change: dict[str, Any], fields: list[str]) -> None:
    status, named = refused(api.post("/workflows", BODY | change))

    assert (status, sorted(named)) == (422, sorted(fields))
    assert api.get("/workflows").body["meta"]["total"] == 0


@pytest.mark.parametrize(
    "config",
    [
        {"entity": "contact", "field": "source", "value": 7},
        {"entity": "contact", "field": "sources", "value": "fair"},
        {"entity": "contact", "field": "id", "value": "x"},
        {"entity": "invoice", "field": "notes", "value": "x"},
        {"entity": "deal", "field": "value", "value": -1},
        {"entity": "task", "field": "priority", "value": "huge"},
        {"entity": "contact", "field": "source"},
    ],
)
def test_update_of_a_field_that_takes_no_such_value_is_refused(api: Api, config: dict[str, Any]) -> None:
    actions = [{"type": "update_field", "config": config}]

    assert api.post("/workflows", BODY | {"actions": actions}).status == 422


def test_workflows_are_filtered_by_status(api: Api) -> None:
    active, inactive = add_workflow(api, "contact.created"), add_workflow(api, "contact.created", active=False)

    assert [item["id"] for item in api.get("/workflows?status=active").body["data"]] == [active]
    assert [item["id"] for item in api.get("/workflows?status=inactive").body["data"]] == [inactive]
    assert api.get("/workflows?status=paused").status == 400


def test_activation_is_answered_as_documented_and_refused_twice(api: Api, clock: FrozenClock) -> None:
    id = add_workflow(api, "contact.created", active=False)

    answer = api.post(f"/workflows/{id}/activate")

    assert answer.status == 200
    assert answer.body == {"data": {"id": id, "name": "Welcome", "status": "active", "activatedAt": "2026-03-15T10:30:00Z"}}
    assert list(answer.body["data"]) == ["id", "name", "status", "activatedAt"]
    assert api.post(f"/workflows/{id}/activate").status == 409


def test_deactivation_may_be_repeated(api: Api) -> None:
    id = add_workflow(api, "contact.created")

    assert [api.post(f"/workflows/{id}/deactivate").status for _ in range(2)] == [200, 200]
    assert api.get(f"/workflows/{id}").body["data"]["status"] == "inactive"


def test_status_is_not_changed_by_a_patch(api: Api) -> None:
    id = add_workflow(api, "contact.created")
    fetched = api.get(f"/workflows/{id}").body["data"]

    changed = api.patch(f"/workflows/{id}", {**fetched, "status": "inactive", "name": "Hello"}).body["data"]

    assert (changed["status"], changed["name"]) == ("active", "Hello")


def test_patch_keeps_what_it_does_not_name(api: Api) -> None:
    created = made(api, "/workflows", BODY)

    changed = api.patch(f"/workflows/{created['id']}", {"description": None}).body["data"]

    assert {**changed, "updatedAt": None} == {**created, "description": None, "updatedAt": None}


def test_patch_is_checked_like_a_new_workflow(api: Api) -> None:
    created = made(api, "/workflows", BODY)

    assert refused(api.patch(f"/workflows/{created['id']}", {"actions": [{"type": "explode"}]})) == (422, ["actions[0].type"])
    assert api.get(f"/workflows/{created['id']}").body["data"] == created


def test_active_workflow_cannot_be_deleted(api: Api) -> None:
    id = add_workflow(api, "contact.created")

    assert api.delete(f"/workflows/{id}").status == 409
    api.post(f"/workflows/{id}/deactivate")
    assert api.delete(f"/workflows/{id}").status == 204
    assert api.get(f"/workflows/{id}").status == 404


def test_unknown_workflow_is_not_found(api: Api) -> None:
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/activate"), ("POST", "/deactivate"), ("GET", "/runs"), ("GET", "/runs/x")]:
        assert api.call(method, f"/workflows/wf_x{path}").status == 404
    assert api.patch("/workflows/wf_x", {}).status == 404
    assert api.post("/workflows/wf_x/test", {}).status == 404
    assert api.post("/workflows/wf_x/runs/run_x/retry").status == 404


def test_workflows_are_logged(kit: Kit, api: Api) -> None:
    id = add_workflow(api, "contact.created")

    found = [(entry.action, entry.user_name) for entry in trail(kit, entity_type="workflow", entity_id=id)]
    assert found == [("created", "Ada Marsh"), ("updated", "Ada Marsh")]


def test_workflow_of_another_workspace_is_not_found(api: Api, other_api: Api) -> None:
    id = add_workflow(api, "custom.scored")

    assert other_api.get("/workflows").body["data"] == []
    assert other_api.get(f"/workflows/{id}").status == 404
    assert other_api.post(f"/workflows/{id}/deactivate").status == 404
    assert other_api.post(f"/workflows/{id}/test", {"data": {}}).status == 404
    assert api.get(f"/workflows/{id}").body["data"]["status"] == "active"
