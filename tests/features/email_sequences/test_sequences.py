from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.email_sequences.drip import (
    add_person,
    add_sequence,
    add_template,
    enroll,
    enrollments,
    pass_time,
    subjects,
    work,
)
from tests.features.records import told
from tests.features.sales import refused


def test_new_sequence_is_active_and_shows_the_subjects_that_will_be_sent(api: Api) -> None:
    first, second = add_template(api, "Hello"), add_template(api, "Tips")
    steps = [{"templateId": first, "delayDays": 0, "subject": "Welcome!"}, {"templateId": second, "delayDays": 3}]

    status, body = api.post("/emails/sequences", {"name": "Drip", "steps": steps})

    assert status == 201
    shown = body["data"]
    assert shown["id"].startswith("seq_")
    assert list(shown.items()) == [
        ("id", shown["id"]),
        ("name", "Drip"),
        ("status", "active"),
        (
            "steps",
            [
                {"order": 1, "templateId": first, "delayDays": 0, "subject": "Welcome!"},
                {"order": 2, "templateId": second, "delayDays": 3, "subject": "Tips, {{contact.firstName}}"},
            ],
        ),
        ("enrolledCount", 0),
        ("completedCount", 0),
        ("activeCount", 0),
        ("createdAt", "2026-03-15T10:30:00Z"),
        ("updatedAt", "2026-03-15T10:30:00Z"),
    ]
    assert api.get(f"/emails/sequences/{shown['id']}").body == body
    assert api.get("/emails/sequences").body == {"data": [shown], "meta": {"page": 1, "limit": 50, "total": 1, "totalPages": 1}}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"steps": []}, ["steps"]),
        ({"steps": None}, ["steps"]),
        ({"steps": [{"delayDays": 0}]}, ["steps[0].templateId"]),
        ({"steps": [{"templateId": "tmpl_gone", "delayDays": 0}]}, ["steps[0].templateId"]),
        ({"steps": [{"templateId": "tmpl_gone", "delayDays": -1}]}, ["steps[0].delayDays"]),
        ({"steps": [{"templateId": "tmpl_gone", "delayDays": 1.5}]}, ["steps[0].delayDays"]),
        ({"name": " "}, ["name"]),
        ({"status": "paused"}, ["status"]),
    ],
)
def test_wrong_values_are_named_and_change_nothing(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    before = add_sequence(api, 0)

    assert refused(api.patch(f"/emails/sequences/{before['id']}", changes)) == (422, fields)
    if "status" not in changes:
        assert refused(api.post("/emails/sequences", {"name": "New", "steps": before["steps"], **changes})) == (422, fields)
    assert api.get("/emails/sequences").body["data"] == [before]


def test_status_is_no_field_of_a_new_sequence(api: Api) -> None:
    steps = [{"templateId": add_template(api), "delayDays": 0}]

    assert refused(api.post("/emails/sequences", {"name": "New", "steps": steps, "status": "active"})) == (422, ["status"])


def test_fetched_sequence_can_be_sent_back(api: Api, kit: Kit) -> None:
    made = add_sequence(api, 0, 3)

    assert api.patch(f"/emails/sequences/{made['id']}", made) == (200, {"data": made})
    assert told(kit, "sequence.updated") == []


def test_counts_are_of_all_enrollments_by_status(api: Api, kit: Kit) -> None:
    short, long = add_sequence(api, 0), add_sequence(api, 0, 5)
    people = [add_person(api, name) for name in ("Ann", "Bo", "Cy")]
    enroll(api, short, *people)
    enroll(api, long, *people[:2])
    work(kit)
    api.post(f"/emails/sequences/{long['id']}/unenroll", {"contactId": people[0]})

    shown = {item["id"]: (item["enrolledCount"], item["completedCount"], item["activeCount"]) for item in listed(api)}

    assert shown == {short["id"]: (3, 3, 0), long["id"]: (2, 0, 1)}


def listed(api: Api) -> list[dict[str, Any]]:
    return list(api.get("/emails/sequences").body["data"])


def test_template_of_an_active_sequence_cannot_be_deleted(api: Api) -> None:
    sequence = add_sequence(api, 0)
    path = f"/emails/templates/{sequence['steps'][0]['templateId']}"

    answer = api.delete(path)

    assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
    assert api.get(path).status == 200
    assert api.patch(f"/emails/sequences/{sequence['id']}", {"status": "inactive"}).status == 200
    assert api.delete(path).status == 204


def test_template_of_steps_under_way_cannot_be_deleted(api: Api) -> None:
    sequence = add_sequence(api, 5)
    old = sequence["steps"][0]["templateId"]
    contact = add_person(api)
    enroll(api, sequence, contact)
    api.patch(f"/emails/sequences/{sequence['id']}", {"steps": [{"templateId": add_template(api), "delayDays": 0}]})

    assert api.delete(f"/emails/templates/{old}").status == 409
    api.post(f"/emails/sequences/{sequence['id']}/unenroll", {"contactId": contact})
    assert api.delete(f"/emails/templates/{old}").status == 204


def test_sequence_whose_template_is_gone_cannot_be_activated(api: Api) -> None:
    sequence = add_sequence(api, 0)
    api.post(f"/emails/sequences/{sequence['id']}/deactivate")
    api.delete(f"/emails/templates/{sequence['steps'][0]['templateId']}")

    assert refused(api.post(f"/emails/sequences/{sequence['id']}/activate")) == (422, ["steps[0].templateId"])
    assert api.get(f"/emails/sequences/{sequence['id']}").body["data"]["status"] == "inactive"


def test_activating_and_deactivating_answer_like_workflows(api: Api) -> None:
    sequence = add_sequence(api, 0)
    path = f"/emails/sequences/{sequence['id']}"

    assert api.post(f"{path}/deactivate").body == {
        "data": {"id": sequence["id"], "name": "Onboarding", "status": "inactive", "deactivatedAt": "2026-03-15T10:30:00Z"}
    }
    assert api.post(f"{path}/activate").body == {
        "data": {"id": sequence["id"], "name": "Onboarding", "status": "active", "activatedAt": "2026-03-15T10:30:00Z"}
    }


def test_new_steps_only_affect_future_enrollments(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 0, 2)
    enroll(api, sequence, add_person(api, "Old"))
    api.patch(f"/emails/sequences/{sequence['id']}", {"steps": [{"templateId": add_template(api, "Changed"), "delayDays": 1}]})
    enroll(api, sequence, add_person(api, "New"))

    pass_time(kit, clock, 3)

    assert subjects(kit) == ["Step 1, Old", "Changed, New", "Step 2, Old"]
    assert {shown["contact"]["firstName"]: shown["totalSteps"] for shown in enrollments(api, sequence)} == {"Old": 2, "New": 1}


@pytest.mark.parametrize("path", ["", "/enrollments", "/stats"])
def test_other_workspaces_do_not_see_a_sequence(api: Api, other_api: Api, path: str) -> None:
    sequence = add_sequence(api, 0)

    assert other_api.get(f"/emails/sequences/{sequence['id']}{path}").status == 404
    assert other_api.post(f"/emails/sequences/{sequence['id']}/enroll", {"contactIds": ["x"]}).status == 404
    assert refused(other_api.post("/emails/sequences", {"name": "Mine", "steps": sequence["steps"]})) == (422, ["steps[0].templateId"])
    assert other_api.get("/emails/sequences").body["data"] == []
