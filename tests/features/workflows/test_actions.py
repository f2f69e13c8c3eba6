from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.records import told
from tests.features.sales import add_contact, add_deal, add_pipeline, found, made
from tests.features.workflows.flows import add_workflow, fire, hire, only_run, states, tasks


def task(**config: Any) -> dict[str, Any]:
    return {"type": "create_task", "config": {"title": "Call", **config}}


def update(entity: str, field: str, value: Any) -> dict[str, Any]:
    return {"type": "update_field", "config": {"entity": entity, "field": field, "value": value}}


def test_task_is_on_the_deal_and_its_contact_and_goes_to_the_deals_owner(api: Api, kit: Kit) -> None:
    found(kit, "ws_a")
    ben = hire(kit, "usr_ben")
    id = add_workflow(api, "deal.created", task(dueDays=2, assignTo="deal.owner", priority="high", description="Soon"))
    contact = add_contact(api)
    deal = add_deal(api, add_pipeline(api), contactId=contact["id"], assignedTo=ben)
    drain(kit)

    created = api.get("/tasks").body["data"][0]
    assert only_run(api, id)["actions"][0]["result"] == {"taskId": created["id"]}
    assert {key: created[key] for key in ("title", "description", "dueDate", "assignedTo", "contactId", "dealId", "priority")} == {
        "title": "Call",
        "description": "Soon",
        "dueDate": "2026-03-17T10:30:00Z",
        "assignedTo": ben,
        "contactId": contact["id"],
        "dealId": deal["id"],
        "priority": "high",
    }


def test_owner_is_who_has_the_record_when_the_task_is_made(api: Api, kit: Kit) -> None:
    ben = hire(kit, "usr_ben")
    add_workflow(api, "contact.created", update("contact", "assignedTo", ben), task(assignTo="contact.owner"))
    add_contact(api, assignedTo="usr_ada")
    drain(kit)

    assert api.get("/tasks").body["data"][0]["assignedTo"] == ben


def test_task_of_nobody_where_the_deal_has_no_owner(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", task(assignTo="deal.owner"))
    add_contact(api)
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert api.get("/tasks").body["data"][0]["assignedTo"] is None


def test_task_is_made_though_the_contact_is_gone(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", task())
    contact = add_contact(api)
    assert api.delete(f"/contacts/{contact['id']}").status == 204
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert api.get("/tasks").body["data"][0]["contactId"] is None


def test_task_for_nobody_who_exists_fails(api: Api) -> None:
    id = add_workflow(api, "custom.scored", task(assignTo="usr_gone"))
    fire(api)

    assert states(only_run(api, id)) == ("failed", ["failed"])
    assert only_run(api, id)["actions"][0]["error"].startswith("assignedTo: ")
    assert tasks(api) == []


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [("source", "fair", "source"), ("customFields.tier", "gold", "customFields"), ("tags", ["vip"], "tags")],
)
def test_field_of_the_contact_is_set(api: Api, kit: Kit, field: str, value: Any, shown: str) -> None:
    made(api, "/custom-fields", {"name": "Tier", "key": "tier", "type": "text", "entity": "contact"})
    id = add_workflow(api, "contact.created", update("contact", field, value))
    contact = add_contact(api)
    drain(kit)

    found_value = api.get(f"/contacts/{contact['id']}").body["data"][shown]
    assert found_value == ({"tier": "gold"} if shown == "customFields" else value)
    assert only_run(api, id)["actions"][0]["result"] == {"contactId": contact["id"], "field": field, "value": value}


def test_fields_of_deals_companies_and_tasks_are_set_by_their_rules(api: Api, kit: Kit) -> None:
    found(kit, "ws_a")
    company = made(api, "/companies", {"name": "Fjord Line"})
    actions = [update("deal", "status", "won"), update("company", "industry", "Shipping")]
    add_workflow(api, "deal.created", *actions)
    add_workflow(api, "task.created", update("task", "status", "completed"))
    deal = add_deal(api, add_pipeline(api), companyId=company["id"])
    new_task = made(api, "/tasks", {"title": "x"})
    drain(kit)

    assert api.get(f"/deals/{deal['id']}").body["data"]["status"] == "won"
    assert [event.entity_id for event in told(kit, "deal.won")] == [deal["id"]]
    assert api.get(f"/companies/{company['id']}").body["data"]["industry"] == "Shipping"
    assert api.get(f"/tasks/{new_task['id']}").body["data"]["status"] == "completed"


def test_field_that_does_not_exist_at_run_time_fails(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", update("contact", "customFields.tier", "gold"))
    contact = add_contact(api)
    drain(kit)

    assert states(only_run(api, id)) == ("failed", ["failed"])
    assert api.get(f"/contacts/{contact['id']}").body["data"]["customFields"] == {}


@pytest.mark.parametrize(
    "action",
    [
        update("contact", "source", "x"),
        update("deal", "name", "x"),
        {"type": "assign_contact", "config": {"strategy": "user", "userId": "u"}},
    ],
)
def test_event_about_no_such_record_fails_the_action(api: Api, action: dict[str, Any]) -> None:
    id = add_workflow(api, "custom.scored", action)
    fire(api)

    assert only_run(api, id)["actions"][0]["error"].startswith("The event is about no ")


def test_custom_event_may_name_a_contact(api: Api) -> None:
    contact = add_contact(api)
    add_workflow(api, "custom.scored", update("contact", "source", "scored"))
    fire(api, contactId=f"con_{contact['id']}")

    assert api.get(f"/contacts/{contact['id']}").body["data"]["source"] == "scored"


def test_record_of_another_workspace_is_not_changed(api: Api, other_api: Api) -> None:
    contact = add_contact(other_api, source="fair")
    id = add_workflow(api, "custom.scored", update("contact", "source", "stolen"), task())
    fire(api, contactId=contact["id"])

    assert states(only_run(api, id)) == ("failed", ["failed", "skipped"])
    assert other_api.get(f"/contacts/{contact['id']}").body["data"]["source"] == "fair"


def test_contact_is_assigned_to_a_certain_user(api: Api, kit: Kit) -> None:
    ben = hire(kit, "usr_ben")
    id = add_workflow(api, "contact.created", {"type": "assign_contact", "config": {"strategy": "user", "userId": ben}})
    contact = add_contact(api)
    drain(kit)

    assert api.get(f"/contacts/{contact['id']}").body["data"]["assignedTo"] == ben
    assert only_run(api, id)["actions"][0]["result"] == {"contactId": contact["id"], "assignedTo": ben}
