from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.records import WORKSPACE, add_user, told, trail
from tests.features.sales import found, made, refused

WELCOME = {
    "name": "Welcome — New Client Onboarding",
    "subject": "Welcome to {{workspace.name}}, {{contact.firstName}}!",
    "bodyHtml": "<h1>Welcome aboard, {{contact.firstName}}!</h1><p>We're excited to have {{contact.company}} as a client...</p>",
}


def saved(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "warnings"}


def test_new_template_is_answered_as_documented(api: Api) -> None:
    status, body = api.post("/emails/templates", WELCOME)

    assert status == 201
    assert body["data"]["id"].startswith("tmpl_")
    assert body["data"] == {
        "id": body["data"]["id"],
        **WELCOME,
        "bodyText": "Welcome aboard, {{contact.firstName}}! We're excited to have {{contact.company}} as a client...",
        "mergeFields": ["contact.firstName", "contact.company", "workspace.name"],
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
        "warnings": [],
    }
    assert api.get(f"/emails/templates/{body['data']['id']}").body == {"data": saved(body["data"])}


def test_list_is_searched_by_name_and_subject(api: Api) -> None:
    first = made(api, "/emails/templates", WELCOME)
    second = made(api, "/emails/templates", {**WELCOME, "name": "Recap", "subject": "Next steps"})

    def ids(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/emails/templates{query}").body["data"]]

    assert ids("") == [second["id"], first["id"]]
    assert ids("?search=WELCOME") == [first["id"]]
    assert ids("?search=next") == [second["id"]]
    assert ids("?search=aboard") == []
    assert api.get("/emails/templates?limit=1").body["meta"] == {"page": 1, "limit": 1, "total": 2, "totalPages": 2}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"bodyHtml": ""}, "bodyHtml"),
        ({"bodyHtml": None}, "bodyHtml"),
        ({"bodyHtml": "x" * 200_001}, "bodyHtml"),
        ({"bodyHtml": "{{contact.email}}" * 501}, "bodyHtml"),
        ({"bodyText": 5}, "bodyText"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_values_are_named_and_change_nothing(api: Api, changes: dict[str, Any], field: str) -> None:
    before = made(api, "/emails/templates", WELCOME)

    assert refused(api.post("/emails/templates", {**WELCOME, **changes})) == (422, [field])
    assert refused(api.patch(f"/emails/templates/{before['id']}", changes)) == (422, [field])
    assert api.get("/emails/templates").body["data"] == [saved(before)]


def test_text_follows_the_html_unless_somebody_wrote_it(api: Api) -> None:
    path = f"/emails/templates/{made(api, '/emails/templates', WELCOME)['id']}"

    def change(**changes: Any) -> str:
        return str(api.patch(path, changes).body["data"]["bodyText"])

    assert change(bodyHtml="<p>One</p><p>Two</p>") == "One Two"
    assert change(subject="S") == "One Two"
    assert change(bodyText="Mine") == "Mine"
    assert change(bodyHtml="<p>Three</p>") == "Mine"
    assert change(bodyText=None) == "Three"
    assert change(bodyHtml="<p>Four</p>") == "Four"


def test_text_sent_back_with_a_fetched_record_still_follows_the_html(api: Api) -> None:
    template = made(api, "/emails/templates", WELCOME)

    changed = api.patch(f"/emails/templates/{template['id']}", {**template, "bodyHtml": "<p>New</p>"}).body["data"]

    assert changed["bodyText"] == "New"


def test_given_text_is_kept(api: Api) -> None:
    assert made(api, "/emails/templates", WELCOME, bodyText="Mine {{contact.firstName}}")["bodyText"] == "Mine {{contact.firstName}}"


def test_fetched_template_can_be_sent_back(api: Api, kit: Kit) -> None:
    template = made(api, "/emails/templates", WELCOME)

    assert api.patch(f"/emails/templates/{template['id']}", template).body["data"] == template
    assert told(kit, "email_template.updated") == []
    assert [entry.action for entry in trail(kit, entity_type="email_template")] == ["created"]


def test_deleted_template_is_gone(api: Api) -> None:
    path = f"/emails/templates/{made(api, '/emails/templates', WELCOME)['id']}"

    assert api.delete(path).status == 204
    assert [api.call(method, path, {}).status for method in ("GET", "PATCH", "DELETE")] == [404, 404, 404]


def test_what_is_probably_a_mistake_is_named_in_warnings(api: Api) -> None:
    api.post("/custom-fields", {"name": "Tier", "key": "plan_tier", "type": "text", "entity": "contact"})
    body = {
        "name": "N",
        "subject": "Hi {{contact.fistName}}",
        "bodyHtml": "<p>{{contact.customFields.plan_tier}} {{contact.customFields.plan}} {{ 1 + 1 }} {{unsubscribeUrl}}</p>",
    }

    assert made(api, "/emails/templates", body)["warnings"] == [
        {"field": "subject", "message": "contact.fistName is no merge field and renders empty; did you mean contact.firstName?"},
        {
            "field": "bodyHtml",
            "message": "contact.customFields.plan is no merge field and renders empty; did you mean contact.customFields.plan_tier?",
        },
        {"field": "bodyHtml", "message": "Holds {{ that begins no merge field and will be seen as it is"},
    ]


def test_preview_fills_in_the_contact_its_owner_and_the_workspace(api: Api, kit: Kit) -> None:
    found(kit, WORKSPACE)
    api.post("/custom-fields", {"name": "Tiers", "key": "tiers", "type": "multi_select", "entity": "contact", "options": ["A", "B"]})
    owner = add_user(kit, "Ada")
    body = {"firstName": "Mira", "lastName": "Solberg", "email": "mira@fjord.example", "company": "Fjord & Co", "assignedTo": owner}
    contact = made(api, "/contacts", body, customFields={"tiers": ["A", "B"]})
    template = made(
        api,
        "/emails/templates",
        {
            "name": "N",
            "subject": "{{contact.fullName}} at {{ contact.company }}\n{{workspace.name}}",
            "bodyHtml": "<p title='{{contact.company}}'>{{contact.customFields.tiers}} {{user.name}} {{contact.phone}}|"
            "{{contact.phone | default: \"no 'phone'\"}}</p>",
        },
    )

    status, answer = api.post(f"/emails/templates/{template['id']}/preview", {"contactId": f"con_{contact['id']}"})

    assert (status, answer) == (
        200,
        {
            "data": {
                "subject": "Mira Solberg at Fjord & Co Marsh & Co",
                "bodyHtml": "<p title='Fjord &amp; Co'>A, B Ada |no &#x27;phone&#x27;</p>",
                "bodyText": "A, B Ada |no 'phone'",
            }
        },
    )


def test_preview_needs_a_template_and_a_contact_of_this_workspace(api: Api, other_api: Api) -> None:
    template = made(api, "/emails/templates", WELCOME)["id"]
    contact = made(api, "/contacts", {"firstName": "A", "lastName": "B"})["id"]
    stranger = made(other_api, "/contacts", {"firstName": "A", "lastName": "B"})["id"]

    assert refused(api.post(f"/emails/templates/{template}/preview", {"contactId": stranger})) == (422, ["contactId"])
    assert other_api.post(f"/emails/templates/{template}/preview", {"contactId": stranger}).status == 404
    assert api.post(f"/emails/templates/{template}/preview", {"contactId": contact}).status == 200
    assert other_api.get("/emails/templates").body["data"] == []
