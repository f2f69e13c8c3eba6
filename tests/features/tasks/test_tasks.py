import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import add_user, told, trail
from tests.features.sales import add_contact, add_deal, add_pipeline, made, refused

KEYS = ["id", "title", "description", "status", "priority", "dueDate", "assignedTo", "contactId", "dealId", "createdAt"]
NOW = "2026-03-15T10:30:00Z"


def add_task(api: Api, **more: Any) -> dict[str, Any]:
    return made(api, "/tasks", {"title": "Send the offer"}, **more)


def titles(api: Api, query: str) -> list[str]:
    status, body = api.get(f"/tasks?{query}")
    assert (status, body["meta"]["total"]) == (200, len(body["data"]))
    return sorted(task["title"] for task in body["data"])


def test_task_is_created_pending_with_medium_priority(api: Api) -> None:
    task = add_task(api)
    assert list(task) == KEYS
    assert task == {
        **dict.fromkeys(KEYS),
        "id": task["id"],
        "title": "Send the offer",
        "status": "pending",
        "priority": "medium",
        "createdAt": NOW,
    }
    assert task["id"].startswith("task_")
    assert api.get(f"/tasks/{task['id']}").body["data"] == task


def test_task_can_be_linked_to_contact_and_deal(kit: Kit, api: Api) -> None:
    contact = add_contact(api)
    links = {"contactId": contact["id"], "dealId": add_deal(api, add_pipeline(api))["id"], "assignedTo": add_user(kit, "Bo")}
    given = {**links, "description": "Both sites", "priority": "high", "dueDate": "2026-04-20T19:00:00+02:00"}
    task = add_task(api, **given)
    assert {key: task[key] for key in given} == {**given, "dueDate": "2026-04-20T17:00:00Z"}


def test_list_has_the_documented_shape_newest_first(api: Api, clock: FrozenClock) -> None:
    add_task(api, title="Old")
    clock.advance(dt.timedelta(seconds=1))
    add_task(api, title="New")
    body = api.get("/tasks").body
    assert [(list(task), task["title"]) for task in body["data"]] == [(KEYS, "New"), (KEYS, "Old")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/tasks").reply, body) == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": " "}, ["title"]),
        ({"priority": "urgent"}, ["priority"]),
        ({"status": "overdue"}, ["status"]),
        ({"status": "done"}, ["status"]),
        ({"dueDate": "2026-04-20T17:00:00"}, ["dueDate"]),
        ({"dueDate": "tomorrow"}, ["dueDate"]),
        ({"contactId": "nothing"}, ["contactId"]),
        ({"dealId": "nothing"}, ["dealId"]),
        ({"assignedTo": "nothing"}, ["assignedTo"]),
        ({"due_date": "2026-04-20T17:00:00Z"}, ["due_date"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    task = add_task(api)
    path = "/tasks" if method == "POST" else f"/tasks/{task['id']}"
    body = {"title": "x", **change} if method == "POST" else change
    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get("/tasks").body["data"] == [task]
    assert len(trail(kit, entity_type="task")) == 1


def test_overdue_is_shown_and_found_alike_at_every_moment(api: Api, clock: FrozenClock) -> None:
    add_task(api, title="due", dueDate="2026-03-15T10:31:00Z")
    add_task(api, title="never")
    done = add_task(api, title="done", dueDate="2026-03-15T10:31:00Z")
    api.patch(f"/tasks/{done['id']}", {"status": "completed"})
    for seconds, status in [(0, "pending"), (59, "pending"), (60, "pending"), (61, "overdue"), (86_400, "overdue")]:
        clock.move_to(dt.datetime(2026, 3, 15, 10, 30, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds))
        shown = {task["title"]: task["status"] for task in api.get("/tasks").body["data"]}
        assert shown == {"due": status, "never": "pending", "done": "completed"}
        for wanted in ("pending", "overdue", "completed"):
            assert titles(api, f"status={wanted}") == sorted(title for title, found in shown.items() if found == wanted)


def test_unknown_status_filter_is_refused(api: Api) -> None:
    assert api.get("/tasks?status=done").status == 400


def test_due_before_leaves_out_tasks_without_a_due_date(api: Api) -> None:
    add_task(api, title="early", dueDate="2026-05-30T23:59:59Z")
    add_task(api, title="late", dueDate="2026-05-31T00:00:00Z")
    add_task(api, title="never")
    assert titles(api, "due_before=2026-05-31") == titles(api, "dueBefore=2026-05-31") == ["early"]
    assert titles(api, "due_before=2026-05-31T00:00:01Z") == ["early", "late"]


def test_filters_by_links_combine(kit: Kit, api: Api) -> None:
    contact, deal, user = add_contact(api), add_deal(api, add_pipeline(api)), add_user(kit, "Bo")
    add_task(api, title="a", contactId=contact["id"], assignedTo=user)
    add_task(api, title="b", dealId=deal["id"], assignedTo=user)
    add_task(api, title="c")
    assert titles(api, f"assignedTo={user}") == titles(api, f"assigned_to={user}") == ["a", "b"]
    assert titles(api, f"contactId={contact['id']}") == titles(api, f"contactId=con_{contact['id']}") == ["a"]
    assert titles(api, f"dealId={deal['id']}&assignedTo={user}") == ["b"]
    assert titles(api, f"dealId={deal['id']}&contactId={contact['id']}") == titles(api, "contactId=nothing") == []


def test_completion_is_told_once_and_its_time_is_kept(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contact = add_contact(api)
    task = add_task(api, contactId=contact["id"])
    clock.advance(dt.timedelta(hours=1))
    assert api.patch(f"/tasks/{task['id']}", {"status": "completed"}).body["data"]["status"] == "completed"
    clock.advance(dt.timedelta(hours=1))
    api.patch(f"/tasks/{task['id']}", {"status": "completed", "priority": "low"})
    assert completed_at(kit, task["id"]) == dt.datetime(2026, 3, 15, 11, 30, tzinfo=dt.UTC)
    (event,) = told(kit, "task.completed")
    assert event.data == {
        "taskId": task["id"],
        "title": "Send the offer",
        "assignedTo": None,
        "contactId": contact["id"],
        "dealId": None,
    }


def test_reopened_task_has_no_completion_time(kit: Kit, api: Api) -> None:
    task = add_task(api, status="completed")
    assert completed_at(kit, task["id"]) is not None
    assert api.patch(f"/tasks/{task['id']}", {"status": "pending"}).body["data"] == {**task, "status": "pending"}
    assert completed_at(kit, task["id"]) is None
    assert len(told(kit, "task.completed")) == 1


def completed_at(kit: Kit, id: str) -> dt.datetime | None:
    with kit.unit_of_work("ws_a", write=False) as unit:
        tasks = unit.repository_named("task")
        assert tasks is not None
        found: dt.datetime | None = tasks.get(id).completed_at
        return found


def test_patch_clears_with_null_and_a_fetched_task_may_be_sent_back(api: Api) -> None:
    task = add_task(api, contactId=add_contact(api)["id"], dueDate="2026-04-20T17:00:00Z", description="x")
    assert api.patch(f"/tasks/{task['id']}", task) == (200, {"data": task})
    cleared = {"contactId": None, "dueDate": None, "description": None}
    assert api.patch(f"/tasks/{task['id']}", cleared) == (200, {"data": {**task, **cleared}})


def test_task_stands_in_the_timeline_of_contact_and_deal(api: Api) -> None:
    contact, deal = add_contact(api), add_deal(api, add_pipeline(api))
    task = add_task(api, contactId=contact["id"], dealId=deal["id"])
    for kind, id in (("contact", contact["id"]), ("deal", deal["id"])):
        entries = api.get(f"/activities?entityType={kind}&entityId={id}").body["data"]
        assert ("task", task["id"], "created") in {(entry["entityType"], entry["entityId"], entry["action"]) for entry in entries}


def test_task_goes_with_its_contact(kit: Kit, api: Api) -> None:
    contact = add_contact(api)
    task, other = add_task(api, contactId=contact["id"]), add_task(api)
    api.delete(f"/contacts/{contact['id']}")
    assert api.get("/tasks").body["data"] == [other]
    assert [entry.entity_id for entry in trail(kit, entity_type="task", action="deleted")] == [task["id"]]


def test_task_is_deleted(kit: Kit, api: Api) -> None:
    task = add_task(api)
    assert api.delete(f"/tasks/{task['id']}") == (204, None)
    assert (api.get(f"/tasks/{task['id']}").status, api.delete(f"/tasks/{task['id']}").status) == (404, 404)
    assert [event.name for event in told(kit, "task.")] == ["task.created", "task.deleted"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_task_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    task = add_task(other_api)
    assert api.call(method, f"/tasks/{task['id']}", {"title": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/tasks/{task['id']}").body["data"] == task


def test_task_is_never_linked_to_records_of_another_workspace(kit: Kit, api: Api, other_api: Api) -> None:
    task = add_task(api)
    theirs = {
        "contactId": add_contact(other_api)["id"],
        "dealId": add_deal(other_api, add_pipeline(other_api))["id"],
        "assignedTo": add_user(kit, "Bo", "ws_b"),
    }
    for field, id in theirs.items():
        assert refused(api.patch(f"/tasks/{task['id']}", {field: id})) == (422, [field])
    assert api.get(f"/tasks/{task['id']}").body["data"] == task
