from typing import Any

import pytest

from tests.features.calls import Api

KEYS = ["id", "name", "key", "type", "entity", "required", "options"]
MIA = {"firstName": "Mia", "lastName": "Voss"}


def define(api: Api, **values: Any) -> dict[str, Any]:
    body = {"name": "The Field", "key": "field", "type": "text", "entity": "contact", **values}
    status, answer = api.post("/custom-fields", body)
    assert status == 201, answer
    field: dict[str, Any] = answer["data"]
    return field


def write(api: Api, value: Any) -> tuple[int, Any]:
    status, body = api.post("/contacts", {**MIA, "customFields": {"field": value}})
    return status, body["data"]["customFields"]["field"] if status == 201 else body["error"]["details"]


def test_field_is_defined_in_the_documented_shape(api: Api) -> None:
    field = define(api)
    assert list(field) == KEYS
    assert field == {
        "id": field["id"],
        "name": "The Field",
        "key": "field",
        "type": "text",
        "entity": "contact",
        "required": False,
        "options": None,
    }
    assert field["id"].startswith("field_")
    assert api.get("/custom-fields").body == {"data": [field]}
    assert api.get(f"/custom-fields/{field['id']}").body == {"data": field}


def test_list_is_filtered_by_entity(api: Api) -> None:
    for entity in ("contact", "deal", "company"):
        define(api, entity=entity)
    assert [field["entity"] for field in api.get("/custom-fields?entity=deal").body["data"]] == ["deal"]
    assert len(api.get("/custom-fields").body["data"]) == 3
    assert api.get("/custom-fields?entity=task").status == 400


@pytest.mark.parametrize("key", ["Lead", "lead score", "1st", "_x", "", "läd", "a-b", "a\n", 7])
def test_key_must_be_snake_case(api: Api, key: Any) -> None:
    status, body = api.post("/custom-fields", {"name": "F", "key": key, "type": "text", "entity": "contact"})
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, ["key"])
    assert api.get("/custom-fields").body["data"] == []


def test_key_is_unique_per_entity(api: Api, other_api: Api) -> None:
    define(api)
    status, body = api.post("/custom-fields", {"name": "F", "key": "field", "type": "date", "entity": "contact"})
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, ["key"])
    define(api, entity="company")
    define(other_api)


@pytest.mark.parametrize(
    ("type", "options"), [("select", None), ("select", []), ("multi_select", None), ("select", ["a", "a"]), ("select", [""])]
)
def test_select_needs_distinct_options(api: Api, type: str, options: Any) -> None:
    status, body = api.post("/custom-fields", {"name": "F", "key": "f", "type": type, "entity": "contact", "options": options})
    assert status == 422
    assert body["error"]["details"][0]["field"].startswith("options")


def test_options_of_other_types_are_null(api: Api) -> None:
    assert define(api, options=["a"])["options"] is None


VALUES: list[tuple[str, Any, Any]] = [
    ("text", "x", "x"),
    ("text", 7, None),
    ("number", 7, 7),
    ("number", -1.5, -1.5),
    ("number", "7", None),
    ("number", True, None),
    ("date", "2026-05-15", "2026-05-15"),
    ("date", "2026-02-30", None),
    ("date", "15.05.2026", None),
    ("date", "2026-W01-1", None),
    ("boolean", True, True),
    ("boolean", "true", None),
    ("boolean", 1, None),
    ("select", "a", "a"),
    ("select", "c", None),
    ("select", ["a"], None),
    ("multi_select", ["b", "a", "b"], ["b", "a"]),
    ("multi_select", [], []),
    ("multi_select", ["c"], None),
    ("multi_select", "a", None),
]


@pytest.mark.parametrize(("type", "value", "kept"), VALUES)
def test_value_must_fit_its_type(api: Api, type: str, value: Any, kept: Any) -> None:
    define(api, type=type, options=["a", "b"] if "select" in type else None)
    status, found = write(api, value)
    if kept is None:
        assert (status, [detail["field"] for detail in found]) == (422, ["customFields.field"])
        assert api.get("/contacts").body["meta"]["total"] == 0
    else:
        assert (status, found) == (201, kept)


def test_field_of_another_entity_is_unknown(api: Api) -> None:
    define(api, entity="deal")
    status, details = write(api, "x")
    assert (status, details[0]["field"]) == (422, "customFields.field")


@pytest.mark.parametrize("change", [{"type": "number"}, {"key": "other"}, {"entity": "company"}])
def test_what_data_depends_on_cannot_change_while_there_is_data(api: Api, change: dict[str, Any]) -> None:
    field = define(api)
    write(api, "x")
    status, body = api.patch(f"/custom-fields/{field['id']}", change)
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, list(change))
    assert api.get(f"/custom-fields/{field['id']}").body["data"] == field


@pytest.mark.parametrize("change", [{"type": "number"}, {"key": "other"}, {"entity": "company"}])
def test_type_changes_while_no_record_holds_a_value(api: Api, change: dict[str, Any]) -> None:
    field = define(api)
    assert api.patch(f"/custom-fields/{field['id']}", change).body["data"] == {**field, **change}


def test_name_and_options_change_with_data(api: Api) -> None:
    field = define(api, type="select", options=["a", "b"])
    write(api, "a")
    changed = api.patch(f"/custom-fields/{field['id']}", {"name": "New", "options": ["a", "c"], "required": True}).body["data"]
    assert changed == {**field, "name": "New", "options": ["a", "c"], "required": True}
    assert api.patch(f"/custom-fields/{field['id']}", changed).body["data"] == changed


def test_deleting_a_field_takes_its_values_out_of_every_record(api: Api) -> None:
    field = define(api)
    define(api, key="other")
    ids = [api.post("/contacts", {**MIA, "customFields": {"field": str(n), "other": "kept"}}).body["data"]["id"] for n in range(3)]
    assert api.delete(f"/custom-fields/{field['id']}") == (204, None)
    assert [api.get(f"/contacts/{id}").body["data"]["customFields"] for id in ids] == [{"other": "kept"}] * 3
    assert [item["key"] for item in api.get("/custom-fields").body["data"]] == ["other"]
    assert api.delete(f"/custom-fields/{field['id']}").status == 404


def test_deletion_leaves_another_entitys_field_of_the_same_key(api: Api) -> None:
    field = define(api)
    define(api, entity="company")
    company = api.post("/companies", {"name": "K", "customFields": {"field": "kept"}}).body["data"]
    api.delete(f"/custom-fields/{field['id']}")
    assert api.get(f"/companies/{company['id']}").body["data"]["customFields"] == {"field": "kept"}


def test_all_wrong_values_are_named_at_once(api: Api) -> None:
    define(api, type="number")
    define(api, key="must", required=True)
    status, body = api.post("/contacts", {**MIA, "customFields": {"field": "x", "nope": 1}})
    assert (status, sorted(detail["field"] for detail in body["error"]["details"])) == (
        422,
        ["customFields.field", "customFields.must", "customFields.nope"],
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_field_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    field = define(other_api)
    assert api.call(method, f"/custom-fields/{field['id']}", {"name": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/custom-fields/{field['id']}").body["data"] == field
