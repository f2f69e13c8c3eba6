import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages import Messages
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.messages.post import EMAIL, PHONE, PostPlugin, add_mira, come_in, jobs_of, shown, write
from tests.features.records import told, trail
from tests.features.sales import add_contact, made, refused
from tests.kernel.drained import drain

SMS_KEYS = ["id", "contactId", "channel", "direction", "body", "status", "sentAt"]


def test_sms_is_answered_as_queued_in_the_documented_shape_and_sent_by_a_job(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    status, body = api.post("/messages", {"contactId": mira, "channel": "sms", "body": "Your proposal is ready."})
    message = body["data"]
    assert (status, list(message)) == (201, SMS_KEYS)
    assert message == {
        "id": message["id"],
        "contactId": mira,
        "channel": "sms",
        "direction": "outbound",
        "body": "Your proposal is ready.",
        "status": "queued",
        "sentAt": None,
    }
    assert message["id"].startswith("msg_")
    assert post.sms.sent == []

    drain(kit)

    [sent] = post.sms.sent
    assert (sent.id, sent.to, sent.text, sent.subject, sent.html, sent.sender, dict(sent.headers)) == (
        message["id"],
        PHONE,
        "Your proposal is ready.",
        None,
        None,
        None,
        {},
    )
    listed = api.get("/messages").body
    assert listed["data"] == [message | {"status": "sent", "sentAt": "2026-03-15T10:30:00Z"}]
    assert listed["meta"] == {"page": 1, "limit": 50, "total": 1, "totalPages": 1}
    assert differences(documented("GET", "/messages").reply, listed) == []


def test_email_keeps_its_html_and_carries_a_plain_part(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    html = "<h1>Hello</h1><p>The <b>offer</b> &amp; more.<br>Yours</p><style>p{}</style><script>x()</script>"
    id = write(api, mira, body=html, subject="Offer")
    drain(kit)

    [mail] = post.mail.sent
    assert (mail.to, mail.subject, mail.html, mail.text) == (EMAIL, "Offer", html, "Hello\nThe offer & more.\nYours")
    assert dict(mail.headers) == {"Auto-Submitted": "no"}
    found = shown(api, id)
    assert found == {
        "id": id,
        "contactId": mira,
        "channel": "email",
        "direction": "outbound",
        "subject": "Offer",
        "body": html,
        "status": "sent",
        "sentAt": "2026-03-15T10:30:00Z",
        "text": "Hello\nThe offer & more.\nYours",
        "address": EMAIL,
        "media": [],
        "reason": None,
        "origin": None,
        "provider": "mailpost",
        "providerId": f"mailpost-{id}",
        "createdAt": "2026-03-15T10:30:00Z",
    }


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"contactId": "nothing"}, ["contactId"]),
        ({"contactId": None}, ["contactId"]),
        ({"channel": "fax"}, ["channel"]),
        ({"subject": None}, ["subject"]),
        ({"subject": " \r\n "}, ["subject"]),
        ({"body": ""}, ["body"]),
        ({"body": " \n"}, ["body"]),
        ({"channel": "sms", "body": "x" * 1601}, ["body"]),
        ({"status": "sent"}, ["status"]),
        ({"direction": "inbound"}, ["direction"]),
    ],
)
def test_wrong_field_is_named_and_nothing_is_written(kit: Kit, api: Api, mira: str, change: dict[str, Any], fields: list[str]) -> None:
    body = {"contactId": mira, "channel": "email", "body": "Hello", "subject": "Hi", **change}
    assert refused(api.post("/messages", body)) == (422, fields)
    assert api.get("/messages").body["data"] == []
    assert api.get("/conversations").body["data"] == []
    assert (jobs_of(kit, "messages.send"), told(kit, "message."), trail(kit, entity_type="message")) == ([], [], [])


@pytest.mark.parametrize(("channel", "lacks"), [("sms", "phone"), ("email", "email")])
def test_contact_without_the_channels_address_is_refused(api: Api, channel: str, lacks: str) -> None:
    contact = add_mira(api, **{lacks: None})
    body = {"contactId": contact, "channel": channel, "body": "Hello", "subject": "Hi"}
    assert refused(api.post("/messages", body)) == (422, ["contactId"])
    assert api.get("/messages").body["data"] == []


def test_subject_of_an_sms_is_dropped(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    id = write(api, mira, "sms", subject="Offer")
    drain(kit)
    assert "subject" not in shown(api, id)
    assert post.sms.sent[0].subject is None


def test_filters_combine(api: Api, clock: FrozenClock, mira: str) -> None:
    other = add_mira(api, email="bo@fjord.example", phone="+4722856001")
    ids = [write(api, mira), write(api, mira, "sms"), write(api, other, "sms")]
    clock.advance(dt.timedelta(seconds=1))
    assert come_in(api, text="Yes") == 204

    def found(query: str) -> list[str]:
        listed = api.get(f"/messages?{query}")
        assert (listed.status, listed.body["meta"]["total"]) == (200, len(listed.body["data"]))
        return [message["id"] for message in listed.body["data"]]

    incoming = found("direction=inbound")[0]
    assert found("") == [incoming, *reversed(ids)]
    assert found("direction=outbound") == [*reversed(ids)]
    assert found(f"contactId={mira}") == found(f"contactId=con_{mira}") == found(f"contact_id={mira}") == [incoming, ids[1], ids[0]]
    assert found(f"contactId={mira}&channel=sms&direction=outbound") == [ids[1]]
    assert found(f"contactId={other}&channel=email") == found("contactId=nothing") == []
    assert (api.get("/messages?channel=fax").status, api.get("/messages?direction=up").status) == (400, 400)


def test_message_is_told_once_and_stands_in_the_timeline_of_its_contact(kit: Kit, api: Api, mira: str) -> None:
    id = write(api, mira, "sms", body="x" * 300)
    drain(kit)
    common = {"messageId": id, "contactId": mira, "channel": "sms", "origin": None, "at": "2026-03-15T10:30:00Z"}
    assert [(event.name, event.entity_id, event.data) for event in told(kit, "message.")] == [
        ("message.queued", id, {**common, "preview": "x" * 199 + "…"}),
        ("message.sent", id, common),
    ]
    entries = api.get(f"/activities?entityType=contact&entityId={mira}").body["data"]
    assert [entry["action"] for entry in entries if entry["entityId"] == id] == ["updated", "created"]


def test_deleted_contact_takes_its_messages_along_and_the_waiting_one_is_never_sent(
    kit: Kit, api: Api, post: PostPlugin, mira: str
) -> None:
    write(api, mira, "sms")
    come_in(api)
    assert api.delete(f"/contacts/{mira}").status == 204
    drain(kit)
    assert (api.get("/messages").body["data"], api.get("/conversations").body["data"]) == ([], [])
    assert post.sms.sent == []
    assert [job.state for job in jobs_of(kit, "messages.send")] == ["done"]


def test_automatic_mail_is_written_once_per_origin_with_one_click_unsubscribing(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    for _ in range(2):
        with kit.unit_of_work("ws_a") as unit:
            message = unit[Messages].send_email(
                contact_id=mira,
                subject="Welcome",
                html="<p>Hi</p>",
                text="Hi!",
                origin="sequence:enr_1:1",
                list_unsubscribe_url="https://crm.example.org/unsubscribe/abc",
                reply_to="ann@example.org",
            )
            assert message is not None
        drain(kit)

    [mail] = post.mail.sent
    assert (mail.text, mail.html, mail.reply_to) == ("Hi!", "<p>Hi</p>", "ann@example.org")
    assert dict(mail.headers) == {
        "List-Unsubscribe": "<https://crm.example.org/unsubscribe/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert [event.data["origin"] for event in told(kit, "message.sent")] == ["sequence:enr_1:1"]
    assert api.get("/messages").body["meta"]["total"] == 1


@pytest.mark.parametrize(("identity", "marked"), [(False, {}), (True, {"Auto-Submitted": "auto-generated"})])
def test_automatic_mail_from_an_own_address_is_marked_as_such(
    kit: Kit, api: Api, post: PostPlugin, mira: str, identity: bool, marked: dict[str, str]
) -> None:
    if identity:
        made(api, "/sender-identities", {"channel": "email", "address": "anna@example.org"})
    with kit.unit_of_work("ws_a") as unit:
        unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:1:1")
    drain(kit)
    assert [dict(mail.headers) for mail in post.mail.sent] == [marked]


def test_automatic_mail_to_nobody_is_not_written(kit: Kit, api: Api) -> None:
    without = add_contact(api)["id"]
    with kit.unit_of_work("ws_a") as unit:
        for contact in (without, "nothing"):
            assert unit[Messages].send_email(contact_id=contact, subject="Hi", html="Hi", origin=f"x:{contact}") is None
    assert api.get("/messages").body["data"] == []


@pytest.mark.parametrize("path", ["/messages/{id}"])
def test_message_of_another_workspace_is_not_found(api: Api, other_api: Api, path: str) -> None:
    id = write(other_api, add_mira(other_api))
    assert api.get(path.format(id=id)).status == 404
    assert other_api.get(path.format(id=id)).status == 200
    assert api.get("/messages").body["data"] == api.get("/conversations").body["data"] == []


def test_contact_of_another_workspace_cannot_be_written_to(api: Api, other_api: Api) -> None:
    theirs = add_mira(other_api)
    body = {"contactId": theirs, "channel": "sms", "body": "Hello"}
    foreign = api.post("/messages", body)
    assert refused(foreign) == (422, ["contactId"])
    assert foreign.body == api.post("/messages", body | {"contactId": "nothing"}).body
    assert other_api.get("/messages").body["data"] == []
