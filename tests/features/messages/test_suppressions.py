import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages import Messages
from tests.features.calls import Api
from tests.features.messages.post import EMAIL, PHONE, PostPlugin, add_mira, come_in, state, write
from tests.features.records import told, trail
from tests.features.sales import add_contact, made, refused
from tests.kernel.drained import drain

KEYS = ["id", "channel", "address", "reason", "contactId", "createdAt"]


def test_suppression_is_made_listed_and_lifted(kit: Kit, api: Api, mira: str) -> None:
    made_one = made(api, "/suppressions", {"channel": "sms", "address": "+47 2285-6000"})
    assert list(made_one) == KEYS
    assert made_one == {
        "id": made_one["id"],
        "channel": "sms",
        "address": PHONE,
        "reason": "manual",
        "contactId": mira,
        "createdAt": "2026-03-15T10:30:00Z",
    }
    other = made(api, "/suppressions", {"channel": "email", "address": "Someone@Else.example", "reason": "complained"})
    assert (other["address"], other["contactId"]) == ("Someone@else.example", None)

    def listed(query: str) -> list[str]:
        return [found["id"] for found in api.get(f"/suppressions{query}").body["data"]]

    assert listed("") == [other["id"], made_one["id"]]
    assert listed("?channel=sms") == listed("?address=%2B4722856000") == [made_one["id"]]
    assert listed("?address=SOMEONE@ELSE.EXAMPLE") == [other["id"]]
    assert listed("?address=nobody") == []
    assert api.delete(f"/suppressions/{other['id']}").status == 204
    assert (listed(""), api.delete(f"/suppressions/{other['id']}").status) == ([made_one["id"]], 404)
    assert [(event.entity_id, event.data["reason"]) for event in told(kit, "contact.unsubscribed")] == [
        (mira, "manual"),
        (None, "complained"),
    ]
    assert [entry.action for entry in trail(kit, entity_type="suppression")] == ["created", "created", "deleted"]


def test_suppressing_again_answers_the_first_one_and_tells_nothing(kit: Kit, api: Api, mira: str) -> None:
    first = made(api, "/suppressions", {"channel": "email", "address": EMAIL, "reason": "bounced"})
    again = api.post("/suppressions", {"channel": "email", "address": EMAIL.upper()})
    assert again == (200, {"data": first})
    assert len(told(kit, "contact.unsubscribed")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "email", "address": "nobody"}, "address"),
        ({"channel": "sms", "address": "12345"}, "address"),
        ({"channel": "sms", "address": EMAIL}, "address"),
        ({"channel": "fax", "address": EMAIL}, "channel"),
        ({"channel": "email", "address": EMAIL, "reason": "dislike"}, "reason"),
    ],
)
def test_wrong_suppression_is_refused(api: Api, body: dict[str, str], field: str) -> None:
    assert refused(api.post("/suppressions", body)) == (422, [field])
    assert api.get("/suppressions").body["data"] == []


@pytest.mark.parametrize(
    ("channel", "reason", "to_person", "automatic"),
    [
        ("email", "unsubscribed", True, False),
        ("email", "manual", False, False),
        ("email", "bounced", False, False),
        ("email", "complained", False, False),
        ("sms", "stop", False, False),
        ("sms", "unsubscribed", False, False),
    ],
)
def test_suppression_forbids_as_its_reason_says(
    kit: Kit, api: Api, post: PostPlugin, mira: str, channel: str, reason: str, to_person: bool, automatic: bool
) -> None:
    address = EMAIL if channel == "email" else PHONE
    made(api, "/suppressions", {"channel": channel, "address": address, "reason": reason})
    answer = api.post("/messages", {"contactId": mira, "channel": channel, "body": "Hello", "subject": "Hi"})
    assert (answer.status == 201) == to_person
    if not to_person:
        assert refused(answer) == (422, ["contactId"])
    with kit.unit_of_work("ws_a") as unit:
        assert unit[Messages].suppressed(address, channel) is not automatic  # type: ignore[arg-type]
        if channel == "email":
            written = unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:1:1")
            assert (written is not None) == automatic
    drain(kit)
    assert len(post.mail.sent) + len(post.sms.sent) == int(to_person)


def test_suppression_between_writing_and_sending_stops_the_message(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    personal = write(api, mira)
    with kit.unit_of_work("ws_a") as unit:
        automatic = unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:1:1")
        assert automatic is not None
    with kit.unit_of_work("ws_a") as unit:
        unit[Messages].suppress("MIRA@fjord.example", "email", "unsubscribed", contact_id=mira)
    drain(kit)
    assert [mail.id for mail in post.mail.sent] == [personal]
    assert state(api, automatic.id) == ("failed", "Not sent: they unsubscribed")
    [failed] = told(kit, "message.failed")
    assert (failed.data["origin"], failed.data["reason"]) == ("sequence:1:1", "Not sent: they unsubscribed")


def test_suppression_outlives_its_contact_and_holds_for_every_contact_of_the_address(api: Api, mira: str) -> None:
    made(api, "/suppressions", {"channel": "sms", "address": PHONE})
    api.delete(f"/contacts/{mira}")
    again = add_contact(api, phone=PHONE)["id"]
    assert api.get("/suppressions").body["data"][0]["contactId"] is None
    assert refused(api.post("/messages", {"contactId": again, "channel": "sms", "body": "Hello"})) == (422, ["contactId"])


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "STOPALL", "Unsubscribe", "cancel", "END", "quit", "Opt out", "ＳＴＯＰ"])
def test_stop_word_suppresses_the_number_at_once_and_start_lifts_it(kit: Kit, api: Api, post: PostPlugin, mira: str, word: str) -> None:
    waiting = write(api, mira, "sms")
    assert come_in(api, text=word) == 204
    [suppression] = api.get("/suppressions").body["data"]
    assert (suppression["address"], suppression["reason"], suppression["contactId"]) == (PHONE, "stop", mira)
    drain(kit)
    assert (post.sms.sent, state(api, waiting)) == ([], ("failed", "Not sent: they answered STOP"))
    assert api.get(f"/messages?contactId={mira}&direction=inbound").body["data"][0]["body"] == word

    assert come_in(api, text="Start", id="in-2") == 204
    assert api.get("/suppressions").body["data"] == []
    write(api, mira, "sms")
    drain(kit)
    assert len(post.sms.sent) == 1


@pytest.mark.parametrize("text", ["Please stop by tomorrow", "the end", "don't stop", "", "stop " * 20])
def test_sentence_with_a_stop_word_in_it_suppresses_nothing(api: Api, mira: str, text: str) -> None:
    assert come_in(api, text=text) == 204
    assert api.get("/suppressions").body["data"] == []


def test_stop_word_in_a_mail_suppresses_nothing(api: Api, mira: str) -> None:
    assert come_in(api, "email", text="STOP") == 204
    assert api.get("/suppressions").body["data"] == []


def test_start_lifts_only_what_stop_made(api: Api, mira: str) -> None:
    made(api, "/suppressions", {"channel": "sms", "address": PHONE})
    assert come_in(api, text="STOP") == 204
    assert come_in(api, text="START", id="in-2") == 204
    assert [found["reason"] for found in api.get("/suppressions").body["data"]] == ["manual"]


def test_suppressions_of_another_workspace_are_neither_seen_nor_lifted_nor_obeyed(
    kit: Kit, api: Api, other_api: Api, post: PostPlugin, mira: str
) -> None:
    add_mira(other_api)
    theirs = made(other_api, "/suppressions", {"channel": "sms", "address": PHONE})
    assert api.get("/suppressions").body["data"] == []
    assert api.delete(f"/suppressions/{theirs['id']}").status == 404
    write(api, mira, "sms")
    drain(kit)
    assert len(post.sms.sent) == 1
    assert len(other_api.get("/suppressions").body["data"]) == 1
