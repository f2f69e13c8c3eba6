from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.forms.desk import ELENA, FIELDS, add_form, contacts, submissions, submit, wrong
from tests.features.records import add_user, told


def test_new_form_is_answered_as_documented(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Rosa")
    settings = {
        "redirectUrl": "https://example.com/thank-you?a=b#c",
        "notifyEmails": ["ada@northwind.example", "Sales@Northwind.example", "ada@NORTHWIND.example"],
        "autoTag": " consultation-request ",
        "assignTo": user,
    }

    created = api.post("/forms", {"name": "Consultation", "description": "Landing page", "fields": FIELDS, "settings": settings})

    form = created.body["data"]
    assert created.status == 201
    assert form["id"].startswith("frm_")
    assert form == {
        "id": form["id"],
        "name": "Consultation",
        "description": "Landing page",
        "fields": FIELDS,
        "settings": {**settings, "notifyEmails": ["ada@northwind.example", "sales@northwind.example"], "autoTag": "consultation-request"},
        "submissionCount": 0,
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
    }
    assert api.get(f"/forms/{form['id']}").body["data"] == form


def field(**more: Any) -> dict[str, Any]:
    return {"key": "a", "label": "A", "type": "text", **more}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"fields": []}, ["fields"]),
        ({"fields": [field(key=f"k{number}") for number in range(51)]}, ["fields"]),
        ({"fields": [field(), field()]}, ["fields[1].key"]),
        ({"fields": [field(key="_hp")]}, ["fields[0].key"]),
        ({"fields": [field(key='x"><script>')]}, ["fields[0].key"]),
        ({"fields": [field(key="a" * 61)]}, ["fields[0].key"]),
        ({"fields": [field(label=" ")]}, ["fields[0].label"]),
        ({"fields": [field(type="file")]}, ["fields[0].type"]),
        ({"fields": [field(required="yes")]}, ["fields[0].required"]),
        ({"fields": [field(type="select")]}, ["fields[0].options"]),
        ({"fields": [field(type="select", options=[])]}, ["fields[0].options"]),
        ({"fields": [field(type="select", options=["A", "A"])]}, ["fields[0].options"]),
        ({"fields": [field(colour="red")]}, ["fields[0].colour"]),
        ({"settings": {"redirectUrl": "javascript:alert(1)"}}, ["settings.redirectUrl"]),
        ({"settings": {"redirectUrl": "https://a.example/\r\nSet-Cookie: a=b"}}, ["settings.redirectUrl"]),
        ({"settings": {"redirectUrl": "https://a.example;script-src *"}}, ["settings.redirectUrl"]),
        ({"settings": {"redirectUrl": "https://user@a.example/"}}, ["settings.redirectUrl"]),
        ({"settings": {"redirectUrl": "https://a.example/ä"}}, ["settings.redirectUrl"]),
        ({"settings": {"notifyEmails": ["a@b.example", "nobody"]}}, ["settings.notifyEmails[1]"]),
        ({"settings": {"notifyEmails": ["a@b.example\nBcc: c@d.example"]}}, ["settings.notifyEmails[0]"]),
        ({"settings": {"notifyEmails": [f"a{number}@b.example" for number in range(11)]}}, ["settings.notifyEmails"]),
        ({"settings": {"autoTag": ""}}, ["settings.autoTag"]),
        ({"settings": {"assignTo": "usr_nobody"}}, ["settings.assignTo"]),
        ({"settings": {"theme": "dark"}}, ["settings.theme"]),
    ],
)
def test_definition_that_breaks_a_rule_is_refused(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    form = add_form(api)
    before = api.get("/forms").body

    assert wrong(api.post("/forms", {"name": "Other", "fields": FIELDS, **changes})) == (422, fields)
    assert wrong(api.patch(f"/forms/{form}", changes)) == (422, fields)

    assert api.get("/forms").body == before


def test_name_and_fields_are_required(api: Api) -> None:
    assert wrong(api.post("/forms", {})) == (422, ["name", "fields"])
    assert api.get("/forms").body["meta"]["total"] == 0


def test_options_of_other_types_than_select_are_dropped(api: Api) -> None:
    form = add_form(api, fields=[field(options=["A"])])

    assert api.get(f"/forms/{form}").body["data"]["fields"] == [field(required=False)]


def test_user_of_another_workspace_is_not_to_be_assigned(kit: Kit, api: Api) -> None:
    stranger = add_user(kit, "Mallory", "ws_b")

    assert wrong(api.post("/forms", {"name": "A", "fields": FIELDS, "settings": {"assignTo": stranger}})) == (422, ["settings.assignTo"])


def test_settings_merge_key_by_key_and_null_clears(api: Api) -> None:
    form = add_form(api, settings={"redirectUrl": "https://example.com/done", "notifyEmails": ["a@b.example"]})

    changed = api.patch(f"/forms/{form}", {"name": "Updated", "settings": {"autoTag": "hot-lead"}}).body["data"]
    assert (changed["name"], changed["fields"]) == ("Updated", FIELDS)
    assert changed["settings"] == {"redirectUrl": "https://example.com/done", "notifyEmails": ["a@b.example"], "autoTag": "hot-lead"}

    changed = api.patch(f"/forms/{form}", {"settings": {"redirectUrl": None, "notifyEmails": []}}).body["data"]
    assert changed["settings"] == {"autoTag": "hot-lead"}
    assert api.patch(f"/forms/{form}", {"settings": None}).body["data"]["settings"] == {}


def test_fields_are_replaced_as_a_whole_and_submissions_stay(api: Api) -> None:
    form = add_form(api)
    submit(api, form)

    changed = api.patch(f"/forms/{form}", {"fields": [field(required=True)]}).body["data"]

    assert (changed["fields"], changed["submissionCount"]) == ([field(required=True)], 1)
    assert [found["data"] for found in submissions(api, form)] == [ELENA]


def test_fetched_form_may_be_sent_back_even_after_its_user_is_gone(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Rosa")
    form = api.get(f"/forms/{add_form(api, settings={'assignTo': user})}").body["data"]
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.remove(users.get_for_update(user))

    assert api.patch(f"/forms/{form['id']}", form).body["data"] == form


def test_forms_are_listed_with_counts_and_searched_by_name(api: Api) -> None:
    first, second = add_form(api, name="Website Contact"), add_form(api, name="Newsletter")
    for number in range(3):
        submit(api, first, {**ELENA, "message": str(number)})

    assert {form["id"]: form["submissionCount"] for form in api.get("/forms").body["data"]} == {first: 3, second: 0}
    assert [form["id"] for form in api.get("/forms?search=CONTACT").body["data"]] == [first]


def test_deleted_form_takes_its_submissions_and_leaves_contacts(api: Api) -> None:
    form, other = add_form(api), add_form(api)
    submit(api, form)
    submit(api, other)

    assert api.delete(f"/forms/{form}") == (204, None)

    assert api.get(f"/forms/{form}").status == 404
    assert api.get(f"/forms/{form}/submissions").status == 404
    assert submit(api, form).status == 404
    assert len(submissions(api, other)) == 1
    assert [contact["email"] for contact in contacts(api)] == [ELENA["email"]]


def test_form_of_another_workspace_is_not_found_and_not_touched(api: Api, other_api: Api) -> None:
    form = add_form(api)
    submit(api, form)

    answers = [
        other_api.get(f"/forms/{form}"),
        other_api.patch(f"/forms/{form}", {"name": "Mine"}),
        other_api.delete(f"/forms/{form}"),
        other_api.get(f"/forms/{form}/submissions"),
        other_api.get(f"/forms/{form}/embed"),
    ]

    assert [answer.status for answer in answers] == [404] * 5
    assert other_api.get("/forms").body["data"] == []
    assert api.get(f"/forms/{form}").body["data"]["submissionCount"] == 1


def test_changes_of_a_form_are_told(kit: Kit, api: Api) -> None:
    form = add_form(api)
    api.patch(f"/forms/{form}", {"name": "Other"})
    api.delete(f"/forms/{form}")

    assert [event.name for event in told(kit, "form.")] == ["form.created", "form.updated", "form.deleted"]
