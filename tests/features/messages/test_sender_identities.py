from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.accounts import Office
from tests.features.calls import Api
from tests.features.messages.post import PostPlugin, write
from tests.features.records import trail
from tests.features.sales import made, refused
from tests.kernel.drained import drain


def test_identity_is_made_listed_and_given_up(kit: Kit, api: Api) -> None:
    mail = made(api, "/sender-identities", {"channel": "email", "address": "Anna@Example.org", "name": "Sales"})
    assert mail == {
        "id": mail["id"],
        "channel": "email",
        "address": "Anna@example.org",
        "name": "Sales",
        "createdAt": "2026-03-15T10:30:00Z",
    }
    number = made(api, "/sender-identities", {"channel": "sms", "address": "+1 415 555-0199"})
    assert (number["address"], number["name"]) == ("+14155550199", None)
    assert sorted(found["id"] for found in api.get("/sender-identities").body["data"]) == sorted([mail["id"], number["id"]])
    assert [api.delete(f"/sender-identities/{mail['id']}").status for _ in range(2)] == [204, 404]
    assert [entry.action for entry in trail(kit, entity_type="sender_identity")] == ["created", "created", "deleted"]


def test_messages_are_sent_from_the_oldest_identity_of_their_channel(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    write(api, mira)
    drain(kit)
    made(api, "/sender-identities", {"channel": "email", "address": "sales@example.org", "name": 'Sales\r\nBcc: x@y.example, "Team"'})
    made(api, "/sender-identities", {"channel": "sms", "address": "+14155550199", "name": "Sales"})
    write(api, mira)
    write(api, mira, "sms")
    drain(kit)
    assert [mail.sender for mail in post.mail.sent] == [None, 'Sales  Bcc: x@y.example, "Team" <sales@example.org>']
    assert [sms.sender for sms in post.sms.sent] == ["+14155550199"]


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "email", "address": "sales@elsewhere.example"},
        {"channel": "email", "address": "sales@sub.example.org"},
        {"channel": "email", "address": "sales"},
        {"channel": "sms", "address": "12345"},
    ],
)
def test_address_that_is_none_or_of_another_domain_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert refused(api.post("/sender-identities", body)) == (422, ["address"])
    assert api.get("/sender-identities").body["data"] == []


def test_address_belongs_to_one_workspace(api: Api, other_api: Api) -> None:
    body = {"channel": "email", "address": "sales@example.org"}
    made(other_api, "/sender-identities", body)
    again = {"channel": "email", "address": "SALES@example.org"}
    assert refused(other_api.post("/sender-identities", again)) == refused(api.post("/sender-identities", again)) == (422, ["address"])
    assert api.get("/sender-identities").body["data"] == []


def test_identity_of_another_workspace_is_not_found(api: Api, other_api: Api) -> None:
    theirs = made(other_api, "/sender-identities", {"channel": "sms", "address": "+14155550199"})
    assert api.delete(f"/sender-identities/{theirs['id']}").status == 404
    assert other_api.get("/sender-identities").body["data"] == [theirs]


def test_only_admins_decide_what_the_workspace_sends_from(office: Office) -> None:
    admin = office.register()
    member = office.hire(admin, "member")
    body = {"channel": "sms", "address": "+14155550199"}
    assert member.post("/sender-identities", body).status == 403
    id = made(admin, "/sender-identities", body)["id"]
    assert (member.delete(f"/sender-identities/{id}").status, member.get("/sender-identities").status) == (403, 200)
