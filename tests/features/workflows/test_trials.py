from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.audit import ACTIVITY
from conduyt_kit.kernel.errors import Temporary
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.jobs import JOB
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.sales import add_contact, made
from tests.features.workflows.flows import TASK, Trouble, add_workflow, fire, hire, refusal

FAIR = {"type": "update_field", "config": {"entity": "contact", "field": "source", "value": "fair"}}


def everything(kit: Kit) -> dict[str, list[Any]]:
    """Return all rows of the workspace, by entity."""
    with kit.unit_of_work("ws_a", write=False) as unit:
        specs = [*kit.environment.entities.values(), JOB, EVENT, ACTIVITY]
        return {spec.name: sorted(map(repr, unit.repository(spec).all())) for spec in specs}


def tried(api: Api, workflow: str, body: Any = None) -> dict[str, Any]:
    status, answer = api.post(f"/workflows/{workflow}/test", body)
    assert status == 200, answer
    data = answer["data"]
    assert isinstance(data, dict)
    return data


def test_trial_shows_what_each_action_would_do_and_changes_nothing(api: Api, kit: Kit) -> None:
    contact = add_contact(api, source="website")
    id = add_workflow(api, "contact.created", FAIR, TASK, conditions={"source": "website", "contact.phone": {"exists": True}}, active=False)
    before = everything(kit)

    trial = tried(api, id, {"data": {"id": contact["id"], "source": "website"}})

    assert everything(kit) == before
    assert (trial["event"], trial["wouldRun"]) == ("contact.created", False)
    assert sorted(trial["conditions"], key=lambda condition: str(condition["field"]), reverse=True) == [
        {"field": "source", "expected": "website", "actual": "website", "holds": True},
        {"field": "contact.phone", "expected": {"exists": True}, "actual": None, "holds": False},
    ]
    change, task = trial["actions"]
    assert (change["type"], change["status"], change["config"]) == ("update_field", "success", FAIR["config"])
    assert [effect["event"] for effect in change["effects"]] == ["contact.updated"]
    assert change["effects"][0]["data"]["changes"] == {"source": {"from": "website", "to": "fair"}}
    assert [(effect["event"], effect["data"]["title"]) for effect in task["effects"]] == [("task.created", "Follow up")]
    assert task["effects"][0]["data"]["contactId"] == contact["id"]
    drain(kit)
    assert api.get(f"/workflows/{id}/runs").body["data"] == []
    assert api.get("/tasks").body["data"] == []


def test_trial_takes_an_event_that_has_happened_or_the_last_one(api: Api, kit: Kit) -> None:
    first, last = add_contact(api, source="fair"), add_contact(api, source="website")
    id = add_workflow(api, "contact.created", TASK, conditions={"source": "website"})
    with kit.unit_of_work("ws_a", write=False) as unit:
        events = {event.entity_id: event.id for event in unit.repository(EVENT).all() if event.name == "contact.created"}

    assert tried(api, id)["wouldRun"] is True
    assert tried(api, id, {})["actions"][0]["effects"][0]["data"]["contactId"] == last["id"]
    assert tried(api, id, {"eventId": events[first["id"]]})["wouldRun"] is False
    assert api.post(f"/workflows/{id}/test", {"eventId": "evt_none"}).status == 404


def test_trial_without_any_event_says_so(api: Api) -> None:
    id = add_workflow(api, "deal.won")

    assert api.post(f"/workflows/{id}/test").status == 422


def test_action_that_would_fail_is_shown_and_the_next_is_tried_all_the_same(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {"type": "trouble"}, FAIR, TASK)
    trouble.errors = [refusal("The line is dead")]
    before = everything(kit)

    trial = tried(api, id, {"data": {}})

    assert [action["status"] for action in trial["actions"]] == ["failed", "failed", "success"]
    assert [action.get("error") for action in trial["actions"]] == ["The line is dead", "The event is about no contact", None]
    assert everything(kit) == before


def test_trial_calls_nobody_outside(api: Api, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {"type": "ring", "config": {"note": "hello"}})
    trouble.errors = [Temporary("busy")]

    assert tried(api, id, {"data": {}})["actions"][0]["status"] == "success"
    assert (trouble.called, len(trouble.errors)) == ([], 1)


def test_trial_takes_no_turn(api: Api, kit: Kit) -> None:
    team = made(api, "/teams", {"name": "Sales", "memberIds": [hire(kit, "usr_1"), hire(kit, "usr_2")]})["id"]
    id = add_workflow(api, "contact.created", {"type": "assign_contact", "config": {"teamId": team}})
    contact = add_contact(api)

    results = [tried(api, id, {"data": {"contactId": contact["id"]}})["actions"][0]["result"] for _ in range(2)]

    assert results == [{"contactId": contact["id"], "assignedTo": "usr_1"}] * 2


def test_trial_may_be_repeated_under_a_key(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "custom.scored")
    headers = {"content-type": "application/json", "idempotency-key": "k1"}

    replies = [api.send("POST", f"/workflows/{id}/test", b'{"data": {}}', headers) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].body == replies[1].body
    assert api.get("/tasks").body["data"] == []


@pytest.mark.parametrize("body", [{"data": []}, {"data": {}, "more": 1}, {"eventId": ""}])
def test_sample_that_is_none_is_refused(api: Api, body: dict[str, Any]) -> None:
    id = add_workflow(api, "custom.scored")

    assert api.post(f"/workflows/{id}/test", body).status == 422


def test_trial_does_not_keep_the_workflow_from_running(api: Api) -> None:
    id = add_workflow(api, "custom.scored")
    tried(api, id, {"data": {}})
    fire(api)

    assert api.get(f"/workflows/{id}").body["data"]["runCount"] == 1
