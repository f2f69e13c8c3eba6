import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.forms import FORM, FormField, FormSettings
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.conftest import NOW, TestAuthPlugin
from tests.features.forms.desk import ELENA, FIELDS, add_form, contacts, submissions, submit, wrong
from tests.features.records import add_user, told, trail


def test_submission_makes_a_contact_and_is_answered_as_documented(kit: Kit, api: Api) -> None:
    form = add_form(api)

    answer = submit(api, form)

    (contact,) = contacts(api)
    id = answer.body["data"]["id"]
    assert answer.status == 201
    assert id.startswith("sub_")
    assert answer.body["data"] == {
        "id": id,
        "formId": form,
        "data": ELENA,
        "contactId": contact["id"],
        "submittedAt": "2026-03-15T10:30:00Z",
    }
    assert submissions(api, form) == [answer.body["data"]]
    assert (contact["firstName"], contact["lastName"], contact["email"]) == ("Elena", "Maria Vasquez", "elena@lumina.example")
    assert (contact["phone"], contact["source"], contact["tags"], contact["assignedTo"]) == ("+13055557788", "form", [], None)


def test_submission_is_told_after_its_contact(kit: Kit, api: Api) -> None:
    form = add_form(api)
    made = submit(api, form).body["data"]

    events = [event for event in told(kit) if not event.name.startswith("form.created")]

    assert [event.name for event in events] == ["contact.created", "form.submitted"]
    assert events[1].data == {
        "formId": form,
        "formName": "Consultation",
        "submissionId": made["id"],
        "contactId": made["contactId"],
        "data": ELENA,
    }
    assert [entry.action for entry in trail(kit, entity_type="form_submission")] == ["created"]
    timeline = api.get(f"/contacts/{made['contactId']}/timeline").body["data"]
    assert "form_submission" in {entry["entityType"] for entry in timeline}


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic abc"])
def test_anybody_may_submit_and_a_bad_credential_is_ignored(api: Api, header: str) -> None:
    form = add_form(api)
    headers = {"content-type": "application/json", "authorization": header}

    reply = api.send("POST", f"/forms/{form}/submissions", b'{"data": {"name": "A", "email": "a@b.example"}}', headers)

    assert reply.status == 201
    assert len(submissions(api, form)) == 1


def test_known_contact_is_matched_case_insensitively_and_keeps_its_values(api: Api) -> None:
    body = {"firstName": "Elena", "lastName": "V", "email": "Elena@Lumina.example", "phone": "+14155552671", "source": "fair"}
    api.post("/contacts", body)
    known = contacts(api)
    form = add_form(api)

    made = submit(api, form, {"name": "Mallory", "email": "ELENA@LUMINA.EXAMPLE", "phone": "+14155550000"}).body["data"]

    assert made["contactId"] == known[0]["id"]
    assert contacts(api) == known


def test_form_tags_and_assigns_new_and_known_contacts(kit: Kit, api: Api) -> None:
    rosa, tom = add_user(kit, "Rosa"), add_user(kit, "Tom")
    free = {"firstName": "A", "lastName": "B", "email": "free@b.example", "tags": ["old"]}
    api.post("/contacts", free)
    api.post("/contacts", {**free, "email": "taken@b.example", "assignedTo": tom})
    form = add_form(api, settings={"autoTag": "Hot", "assignTo": rosa})

    for email in ("free@b.example", "taken@b.example", "new@b.example"):
        assert submit(api, form, {"name": "X", "email": email}).status == 201

    found = {contact["email"]: (contact["tags"], contact["assignedTo"]) for contact in contacts(api)}
    assert found == {
        "free@b.example": (["Hot", "old"], rosa),
        "taken@b.example": (["Hot", "old"], tom),
        "new@b.example": (["Hot"], rosa),
    }


def test_second_submission_changes_nothing_of_a_contact_that_has_the_tag(kit: Kit, api: Api) -> None:
    form = add_form(api, settings={"autoTag": "Hot"})
    submit(api, form)
    before = len(told(kit))

    submit(api, form)

    assert [event.name for event in told(kit)[before:]] == ["form.submitted"]
    assert len(submissions(api, form)) == 2


def test_user_who_is_inactive_or_gone_is_assigned_nothing(kit: Kit, api: Api) -> None:
    rosa, tom = add_user(kit, "Rosa"), add_user(kit, "Tom")
    forms = [add_form(api, settings={"assignTo": user}) for user in (rosa, tom)]
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.change(users.get_for_update(rosa), status="inactive")
        users.remove(users.get_for_update(tom))

    for number, form in enumerate(forms):
        assert submit(api, form, {"name": "X", "email": f"{number}@b.example"}).status == 201

    assert [contact["assignedTo"] for contact in contacts(api)] == [None, None]


def test_submission_without_email_has_no_contact(api: Api) -> None:
    form = add_form(api, fields=[FIELDS[0]])

    made = submit(api, form, {"name": "Elena"})

    assert (made.status, made.body["data"]["contactId"]) == (201, None)
    assert contacts(api) == []


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"name": "  Elena   Vasquez  "}, ("Elena", "Vasquez")),
        ({"name": "Cher"}, ("Cher", "")),
        ({"firstName": "Elena", "lastName": "Vasquez"}, ("Elena", "Vasquez")),
        ({"first_name": "Elena", "last_name": "Vasquez"}, ("Elena", "Vasquez")),
        ({}, ("elena", "")),
        ({"name": "x" * 900 + " " + "y" * 900}, ("x" * 200, "y" * 200)),
        ({"name": {"first": "Elena"}}, ("elena", "")),
    ],
)
def test_name_is_split(api: Api, data: dict[str, Any], names: tuple[str, str]) -> None:
    form = add_form(api, fields=[FIELDS[1]])

    assert submit(api, form, {"email": "elena@lumina.example", **data}).status == 201

    assert [(contact["firstName"], contact["lastName"]) for contact in contacts(api)] == [names]


def test_email_and_phone_come_from_the_fields_of_their_types_whatever_their_keys(api: Api) -> None:
    fields = [{"key": "mail", "label": "M", "type": "email"}, {"key": "mobile", "label": "P", "type": "phone"}]

    submit(api, add_form(api, fields=fields), {"mail": "a@b.example", "mobile": "+14155552671"})

    assert [(contact["email"], contact["phone"]) for contact in contacts(api)] == [("a@b.example", "+14155552671")]


def test_phone_number_without_country_is_kept_in_the_submission_only(api: Api) -> None:
    form = add_form(api)

    made = submit(api, form, {**ELENA, "phone": "(305) 555-7788 x12"})

    assert made.body["data"]["data"]["phone"] == "(305) 555-7788 x12"
    assert contacts(api)[0]["phone"] is None


def test_values_that_fit_custom_fields_reach_the_contact_and_others_do_not_fail(api: Api) -> None:
    for key, type_, more in (
        ("seats", "number", {}),
        ("service", "select", {"options": ["CRM Setup"]}),
        ("campaign", "text", {}),
        ("since", "date", {}),
        ("contract", "text", {"required": True}),
    ):
        body = {"name": key, "key": key, "type": type_, "entity": "contact", **more}
        assert api.post("/custom-fields", body).status == 201
    form = add_form(api)

    data = {**ELENA, "seats": "12", "service": "Data Migration", "campaign": "spring", "since": "tomorrow"}
    assert submit(api, form, data).status == 201

    assert contacts(api)[0]["customFields"] == {"seats": 12, "campaign": "spring"}
    assert submissions(api, form)[0]["data"] == data


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": 5, "email": ""}, ["name", "email"]),
        ({"email": "nobody"}, ["email"]),
        ({"email": ["a@b.example"]}, ["email"]),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, ["email"]),
        ({"phone": "call me"}, ["phone"]),
        ({"phone": "12"}, ["phone"]),
        ({"service": "Other"}, ["service"]),
        ({"service": 1}, ["service"]),
        ({"seats": "many"}, ["seats"]),
        ({"seats": True}, ["seats"]),
        ({"message": {"a": 1}}, ["message"]),
        ({"message": "x" * 10_241}, ["message"]),
        ({"extra": ["x" * 100] * 200}, ["extra"]),
        ({"k" * 101: 1}, ["k" * 100]),
        ({f"key{number}": 1 for number in range(100)}, ["data"]),
    ],
)
def test_missing_and_wrong_values_are_named_and_nothing_is_kept(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    form = add_form(api)

    assert wrong(submit(api, form, {**ELENA, **changes})) == (422, fields)

    assert submissions(api, form) == []
    assert contacts(api) == []


def test_data_is_required_and_an_object(api: Api) -> None:
    form, anybody = add_form(api), Api(api.kit, "")

    assert wrong(anybody.post(f"/forms/{form}/submissions", {})) == (422, ["data"])
    assert wrong(anybody.post(f"/forms/{form}/submissions", {"data": []})) == (422, ["data"])
    assert wrong(anybody.post(f"/forms/{form}/submissions", {"data": ELENA, "contactId": "x"})) == (422, ["contactId"])
    assert submissions(api, form) == []


def test_unknown_keys_are_kept_as_they_came(api: Api) -> None:
    form = add_form(api, fields=FIELDS[:2])
    data = {**ELENA, "utm": {"source": "ad", "clicks": [1, 2.5, None]}, "consent": True, "seats": None}

    assert submit(api, form, data).status == 201

    assert submissions(api, form)[0]["data"] == data


def test_filled_trap_is_refused_without_naming_it_and_an_empty_one_is_dropped(api: Api) -> None:
    form = add_form(api)

    refused = submit(api, form, {**ELENA, "_hp": "http://spam.example"})
    assert (refused.status, "_hp" in str(refused.body)) == (422, False)
    assert submissions(api, form) == []

    assert submit(api, form, {**ELENA, "_hp": ""}).body["data"]["data"] == ELENA


def test_large_body_is_refused(api: Api) -> None:
    form = add_form(api)

    answer = submit(api, form, {**ELENA, **{f"k{number}": "x" * 10_000 for number in range(7)}})

    assert answer.status == 413
    assert submissions(api, form) == []


def test_submissions_from_one_address_are_limited(api: Api) -> None:
    form = add_form(api)

    assert [submit(api, form, {}).status for _ in range(31)] == [422] * 30 + [429]


def test_submissions_of_one_form_are_limited_whoever_sends_them(clock: FrozenClock) -> None:
    options = {"rate_limit": "off", "providers": {"authentication": "test"}, "forms": {"submission_limit": "2/hour"}}
    with Kit.build(options, plugins=[TestAuthPlugin()], clock=clock) as kit:
        api = Api(kit, "admin-ws_a")
        form, other = add_form(api), add_form(api)

        assert [submit(api, form).status for _ in range(3)] == [201, 201, 429]
        assert submit(api, other).status == 201
        assert len(submissions(api, form)) == 2


def test_public_form_shows_what_is_needed_to_embed_it_and_no_more(api: Api) -> None:
    settings = {"redirectUrl": "https://example.com/done", "notifyEmails": ["secret@b.example"], "autoTag": "secret"}
    form = add_form(api, description="Tell us", settings=settings)

    answer = Api(api.kit, "").get(f"/forms/{form}/public")

    assert answer.status == 200
    assert answer.body["data"] == {
        "name": "Consultation",
        "description": "Tell us",
        "fields": FIELDS,
        "redirectUrl": "https://example.com/done",
    }
    assert Api(api.kit, "").get("/forms/frm_nothing/public").status == 404


def test_public_calls_are_open_to_pages_of_other_sites(kit: Kit) -> None:
    opened = {(e.method, e.path) for e in kit.endpoints if e.section == "Forms" and e.cross_origin}

    assert opened == {("POST", "/forms/:id/submissions"), ("GET", "/forms/:id/public")}


def test_of_two_workspaces_with_one_form_id_the_older_serves(kit: Kit, api: Api, other_api: Api) -> None:
    for workspace, minutes in (("ws_b", 1), ("ws_a", 0)):
        at = NOW + dt.timedelta(minutes=minutes)
        with kit.unit_of_work(workspace) as unit:
            fields = [FormField(key="name", label=workspace, type="text")]
            made = unit.repository(FORM).create(id="frm_same", name=workspace, fields=fields, settings=FormSettings())
            unit.repository(FORM).change(attrs.evolve(made), created_at=at)

    assert submit(api, "frm_same", {"name": "A"}).status == 201

    assert (len(submissions(api, "frm_same")), len(submissions(other_api, "frm_same"))) == (1, 0)


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(
    data=st.dictionaries(st.sampled_from(["name", "email", "phone", "service", "seats", "message", "x"]) | st.text(max_size=20), HOSTILE)
)
def test_whatever_is_submitted_is_kept_or_refused_and_never_fails(data: dict[str, Any]) -> None:
    with Kit.build({"rate_limit": "off", "providers": {"authentication": "test"}}, plugins=[TestAuthPlugin()]) as kit:
        api = Api(kit, "admin-ws_a")
        form = add_form(api, fields=[{**field, "required": False} for field in FIELDS])

        answer = submit(api, form, data)

        assert answer.status in (201, 400, 422)
        assert len(submissions(api, form)) == (1 if answer.status == 201 else 0)
        if answer.status == 201:
            assert submissions(api, form)[0]["data"] == {key: value for key, value in data.items() if key != "_hp"}
