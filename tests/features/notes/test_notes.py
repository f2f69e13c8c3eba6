import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import add_contact, add_deal, add_pipeline, made, refused

KEYS = ["id", "content", "contactId", "dealId", "createdBy", "createdAt"]
MARKDOWN = "  # Terms\n\n- **fixed** price\n- <b>no</b> rush  \r\n\ttab, émoji 🙂\n"


def add_note(api: Api, **more: Any) -> dict[str, Any]:
    return made(api, "/notes", {"content": "Likes blue"}, **more)


def test_note_on_contact_and_deal_has_the_documented_shape(api: Api) -> None:
    contact, deal = add_contact(api), add_deal(api, add_pipeline(api))
    note = add_note(api, contactId=contact["id"], dealId=deal["id"])
    assert list(note) == KEYS
    assert note == {
        "id": note["id"],
        "content": "Likes blue",
        "contactId": contact["id"],
        "dealId": deal["id"],
        "createdBy": "usr_ada",
        "createdAt": "2026-03-15T10:30:00Z",
    }
    assert note["id"].startswith("note_")
    assert api.get(f"/notes/{note['id']}").body["data"] == note


def test_note_needs_neither_contact_nor_deal(api: Api) -> None:
    note = add_note(api)
    assert (note["contactId"], note["dealId"]) == (None, None)


def test_markdown_is_kept_verbatim(api: Api) -> None:
    note = add_note(api, content=MARKDOWN)
    assert note["content"] == api.get(f"/notes/{note['id']}").body["data"]["content"] == MARKDOWN
    assert api.patch(f"/notes/{note['id']}", {"content": MARKDOWN * 2}).body["data"]["content"] == MARKDOWN * 2


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"content": ""}, ["content"]),
        ({"content": "x" * 100_001}, ["content"]),
        ({"content": ["x"]}, ["content"]),
        ({"contactId": "nothing"}, ["contactId"]),
        ({"dealId": "nothing"}, ["dealId"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    note = add_note(api)
    path = "/notes" if method == "POST" else f"/notes/{note['id']}"
    body = {"content": "x", **change} if method == "POST" else change
    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get("/notes").body["data"] == [note]
    assert len(trail(kit, entity_type="note")) == 1


def test_author_comes_from_the_caller_and_never_from_the_body(api: Api) -> None:
    assert refused(api.post("/notes", {"content": "x", "createdBy": "usr_eve"})) == (422, ["createdBy"])
    note = add_note(api)
    assert api.patch(f"/notes/{note['id']}", {**note, "createdBy": "usr_eve"}) == (200, {"data": note})


def test_list_has_the_documented_shape_newest_first(api: Api, clock: FrozenClock) -> None:
    add_note(api, content="old")
    clock.advance(dt.timedelta(seconds=1))
    add_note(api, content="new")
    body = api.get("/notes").body
    assert [(list(note), note["content"]) for note in body["data"]] == [(KEYS, "new"), (KEYS, "old")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/notes").reply, body) == []


def test_filters_by_contact_and_deal_combine(api: Api) -> None:
    contact, deal = add_contact(api), add_deal(api, add_pipeline(api))
    both = add_note(api, contactId=contact["id"], dealId=deal["id"])["id"]
    one = add_note(api, contactId=contact["id"])["id"]
    add_note(api)

    def found(query: str) -> set[str]:
        return {note["id"] for note in api.get(f"/notes?{query}").body["data"]}

    assert found(f"contactId={contact['id']}") == found(f"contactId=con_{contact['id']}") == {both, one}
    assert found(f"dealId={deal['id']}") == found(f"contact_id={contact['id']}&deal_id={deal['id']}") == {both}
    assert found("contactId=nothing") == found("dealId=nothing") == set()


def test_note_stands_in_the_timeline_of_contact_and_deal(api: Api) -> None:
    contact, deal = add_contact(api), add_deal(api, add_pipeline(api))
    note = add_note(api, contactId=contact["id"], dealId=deal["id"])
    api.patch(f"/notes/{note['id']}", {"content": "Likes green"})
    for kind, id in (("contact", contact["id"]), ("deal", deal["id"])):
        entries = api.get(f"/activities?entityType={kind}&entityId={id}").body["data"]
        mine = [(entry["action"], entry["changes"]) for entry in entries if entry["entityId"] == note["id"]]
        assert sorted(mine, key=lambda entry: entry[0]) == [
            ("created", None),
            ("updated", {"content": {"from": "Likes blue", "to": "Likes green"}}),
        ]
    timeline = api.get(f"/contacts/{contact['id']}/timeline").body["data"]
    assert {entry["kind"] for entry in timeline} == {"contact.created", "note.created", "note.updated"}


def test_note_moves_between_contact_and_none(api: Api) -> None:
    note = add_note(api, contactId=add_contact(api)["id"])
    assert api.patch(f"/notes/{note['id']}", {"contactId": None}) == (200, {"data": {**note, "contactId": None}})


def test_note_goes_with_its_contact(api: Api) -> None:
    contact = add_contact(api)
    add_note(api, contactId=contact["id"])
    other = add_note(api)
    api.delete(f"/contacts/{contact['id']}")
    assert api.get("/notes").body["data"] == [other]


def test_note_is_created_changed_and_deleted_with_one_event_each(kit: Kit, api: Api) -> None:
    note = add_note(api)
    api.patch(f"/notes/{note['id']}", {"content": "x"})
    assert api.delete(f"/notes/{note['id']}") == (204, None)
    assert api.get(f"/notes/{note['id']}").status == 404
    assert [event.name for event in told(kit, "note.")] == ["note.created", "note.updated", "note.deleted"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_note_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    note = add_note(other_api)
    assert api.call(method, f"/notes/{note['id']}", {"content": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/notes/{note['id']}").body["data"] == note


def test_note_is_never_linked_to_records_of_another_workspace(api: Api, other_api: Api) -> None:
    note = add_note(api)
    theirs = {"contactId": add_contact(other_api)["id"], "dealId": add_deal(other_api, add_pipeline(other_api))["id"]}
    for field, id in theirs.items():
        assert refused(api.patch(f"/notes/{note['id']}", {field: id})) == (422, [field])
    assert api.get(f"/notes?contactId={theirs['contactId']}").body["data"] == []
    assert api.get(f"/notes/{note['id']}").body["data"] == note
