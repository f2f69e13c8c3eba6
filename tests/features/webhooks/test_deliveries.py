import datetime as dt
from email.utils import format_datetime
from typing import cast

import pytest
from standardwebhooks import WebhookVerificationError

from conduyt_kit import Kit
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.features.webhooks import WEBHOOK
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.messages import EMAIL_CHANNEL
from tests.features.calls import Api
from tests.features.conftest import NOW
from tests.features.records import told
from tests.features.sales import add_contact, made
from tests.features.webhooks.conftest import Later
from tests.features.webhooks.receiver import Answering, Receiver, deliveries, fire, register, verified


def test_event_arrives_signed_in_the_documented_shape(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver, "contact.created")
    contact = add_contact(api)

    (taken,) = receiver.taken
    document = verified(webhook["secret"], taken, NOW)
    assert document["data"].items() >= {"id": contact["id"], "firstName": "Mira"}.items()
    del document["data"]
    event = document["id"]
    assert document == {"id": event, "type": "contact.created", "timestamp": "2026-03-15T10:30:00Z", "workspaceId": "ws_a"}
    assert event.startswith("evt_")
    assert taken.headers["webhook-id"] == f"{event}_{webhook['id']}"
    assert taken.headers["content-type"] == "application/json"
    (delivery,) = deliveries(api, webhook)
    assert (delivery["status"], delivery["statusCode"], delivery["attempt"], delivery["event"]) == ("delivered", 200, 1, "contact.created")
    listed = api.get("/webhooks").body["data"][0]
    assert (listed["lastDelivery"], listed["lastStatus"]) == ("2026-03-15T10:30:00Z", 200)


def test_forged_body_is_not_verified(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    fire(api)
    (taken,) = receiver.taken

    with pytest.raises(WebhookVerificationError):
        verified(webhook["secret"], taken._replace(body=taken.body + b" "), NOW)


def test_only_events_that_were_asked_for_arrive(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "deal.created", "custom.*")
    add_contact(api)
    fire(api, "custom.lead_scored", score=85)

    assert [(taken.json["type"], taken.json["data"]) for taken in receiver.taken] == [("custom.lead_scored", {"score": 85})]


def test_events_of_another_workspace_do_not_arrive(api: Api, other_api: Api, receiver: Receiver) -> None:
    register(api, receiver)
    fire(other_api)

    assert receiver.taken == []


@pytest.mark.parametrize("begins_active", [False, True])
def test_inactive_webhook_is_told_nothing_and_nothing_of_that_time_later(
    api: Api, receiver: Receiver, later: Later, begins_active: bool
) -> None:
    webhook = register(api, receiver, active=begins_active)
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})
    fire(api, number=1)
    later(seconds=1)
    api.patch(f"/webhooks/{webhook['id']}", {"active": True})
    fire(api, number=2)
    later(seconds=30)
    later(minutes=11)

    assert [taken.json["data"] for taken in receiver.taken] == [{"number": 2}]


def test_failed_delivery_is_repeated_for_three_days_with_the_same_id_and_body(
    api: Api, receiver: Receiver, clock: FrozenClock, later: Later
) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    waits = []
    while (delivery := deliveries(api, webhook)[0])["status"] == "pending":
        wait = dt.datetime.fromisoformat(delivery["nextAttemptAt"]) - clock.now() + dt.timedelta(seconds=1)
        waits.append(wait.total_seconds() / 3600)
        later(hours=waits[-1])
        verified(webhook["secret"], receiver.taken[-1], clock.now())

    assert (delivery["status"], delivery["attempt"], delivery["nextAttemptAt"]) == ("failed", 10, None)
    assert len({(taken.headers["webhook-id"], taken.body) for taken in receiver.taken}) == 1
    assert len({taken.headers["webhook-timestamp"] for taken in receiver.taken}) == len(receiver.taken) == 10
    assert 75 * 0.8 < sum(waits) < 76 * 1.2
    later(days=10)
    assert len(receiver.taken) == 10


def test_first_success_ends_the_repetition(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(503)
    fire(api)
    receiver.answer(204)
    later(seconds=10)
    later(days=5)

    assert len(receiver.taken) == 2
    (delivery,) = deliveries(api, webhook)
    assert (delivery["status"], delivery["statusCode"], delivery["attempt"], delivery["error"]) == ("delivered", 204, 2, None)


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(api: Api, receiver: Receiver, later: Later, as_date: bool) -> None:
    webhook = register(api, receiver)
    receiver.answer(429, Retry_After=format_datetime(NOW + dt.timedelta(hours=2), usegmt=True) if as_date else "7200")
    fire(api)

    assert deliveries(api, webhook)[0]["nextAttemptAt"] == "2026-03-15T12:30:00Z"
    later(hours=1, minutes=59)
    assert len(receiver.taken) == 1
    later(minutes=2)
    assert len(receiver.taken) == 2


@pytest.mark.parametrize("value", ["soon", "-5", "9" * 40, "Sun, 99 Mar 2026 10:30:00 GMT", "٣"])
def test_retry_after_that_makes_no_sense_is_ignored(api: Api, receiver: Receiver, value: str) -> None:
    webhook = register(api, receiver)
    receiver.behave = lambda taken, connection: Answering(503, {"Retry-After": value.encode().decode("latin-1")})
    fire(api)

    assert deliveries(api, webhook)[0]["nextAttemptAt"] in {f"2026-03-15T10:30:0{second}Z" for second in (4, 5, 6)}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_a_failure_and_not_followed(api: Api, receiver: Receiver, status: int) -> None:
    webhook = register(api, receiver)
    receiver.answer(status, Location=receiver.url.replace("/hook", "/elsewhere"))
    fire(api)

    assert [taken.path for taken in receiver.taken] == ["/hook"]
    (delivery,) = deliveries(api, webhook)
    assert (delivery["status"], delivery["statusCode"]) == ("pending", status)


def owner_mails(kit: Kit) -> list[str]:
    return [mail.to for mail in cast("ConsoleChannel", kit.provider(EMAIL_CHANNEL)).sent]


def add_admin(kit: Kit) -> None:
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.create(id="usr_ada", name="Ada Marsh", email="ada@example.org", email_key="ada@example.org", role="admin", status="active")


def test_receiver_that_is_gone_is_switched_off_at_once_and_the_owner_told(kit: Kit, api: Api, receiver: Receiver, later: Later) -> None:
    add_admin(kit)
    webhook = register(api, receiver)
    receiver.answer(410)
    fire(api)
    fire(api)
    later(days=1)

    assert len(receiver.taken) == 1
    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["active"] is False
    assert [delivery["status"] for delivery in deliveries(api, webhook)] == ["failed"]
    assert owner_mails(kit) == ["ada@example.org"]
    assert [event.data["reason"] for event in told(kit, "webhook.disabled")] == ["The receiver answered that it is gone (410)"]


def test_endpoint_with_nothing_but_failures_for_five_days_is_switched_off_and_the_owner_told(
    kit: Kit, api: Api, receiver: Receiver, later: Later
) -> None:
    add_admin(kit)
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    later(days=4, hours=23)
    fire(api)
    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["active"] is True
    later(hours=1)
    fire(api)

    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["active"] is False
    assert owner_mails(kit) == ["ada@example.org"]
    calls = len(receiver.taken)
    fire(api)
    later(days=5)
    assert len(receiver.taken) == calls


def test_one_success_within_five_days_keeps_an_endpoint(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    later(days=4)
    receiver.answer(200)
    fire(api)
    receiver.answer(500)
    later(days=4)
    fire(api)

    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["active"] is True


def test_delivery_log_shows_bounded_requests_and_responses(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    receiver.behave = lambda taken, connection: Answering(500, {"X-Long": "x" * 5000}, b"\x00\xff" + b"a" * 500_000)
    fire(api)

    (listed,) = deliveries(api, webhook)
    found = api.get(f"/webhooks/{webhook['id']}/deliveries/{listed['id']}").body["data"]
    assert found["body"].encode() == receiver.taken[0].body
    (attempt,) = found["attempts"]
    assert attempt["requestHeaders"]["webhook-id"] == found["messageId"]
    assert (attempt["attempt"], attempt["statusCode"], attempt["at"]) == (1, 500, "2026-03-15T10:30:00Z")
    assert len(attempt["responseHeaders"]["x-long"]) == 300
    assert attempt["responseBody"] == "\ufffd\ufffd" + "a" * 3998


def test_event_too_large_for_receivers_says_what_it_is_about(api: Api, receiver: Receiver) -> None:
    register(api, receiver)
    fire(api, text="x" * 300_000)

    assert receiver.taken[0].json["data"] == {"id": None, "entityType": None, "truncated": True}


def test_one_delivery_is_repeated_on_demand_with_the_same_id_and_body(api: Api, receiver: Receiver, clock: FrozenClock) -> None:
    webhook = register(api, receiver)
    fire(api)
    (delivery,) = deliveries(api, webhook)
    clock.advance(dt.timedelta(days=2))

    answer = api.post(f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/redeliver")

    assert (answer.status, answer.body["data"]["status"]) == (202, "pending")
    assert len({(taken.headers["webhook-id"], taken.body) for taken in receiver.taken}) == 1
    assert len(receiver.taken) == 2
    verified(webhook["secret"], receiver.taken[1], clock.now())
    assert deliveries(api, webhook)[0]["status"] == "delivered"


def test_only_the_latest_round_goes_on(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    api.post(f"/webhooks/{webhook['id']}/deliveries/{deliveries(api, webhook)[0]['id']}/redeliver")
    later(seconds=10)

    assert len(receiver.taken) == 3


def test_redelivery_replaces_the_round_that_waits(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    receiver.answer(200)
    api.post(f"/webhooks/{webhook['id']}/deliveries/{deliveries(api, webhook)[0]['id']}/redeliver")
    later(days=4)

    assert len(receiver.taken) == 2


def test_inactive_webhook_is_redelivered_nothing(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    fire(api)
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})

    assert api.post(f"/webhooks/{webhook['id']}/deliveries/{deliveries(api, webhook)[0]['id']}/redeliver").status == 409
    assert api.post(f"/webhooks/{webhook['id']}/redeliver", {"since": "2026-03-15T00:00:00Z"}).status == 409
    assert len(receiver.taken) == 1


def test_everything_since_a_time_is_repeated_with_what_was_missed(api: Api, receiver: Receiver, later: Later) -> None:
    fire(api, number=0)
    later(minutes=1)
    webhook = register(api, receiver)
    fire(api, number=1)
    later(minutes=1)
    fire(api, number=2)
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})
    fire(api, number=3)
    later(minutes=1)
    api.patch(f"/webhooks/{webhook['id']}", {"active": True})
    before = len(receiver.taken)
    later(seconds=1)

    answer = api.post(f"/webhooks/{webhook['id']}/redeliver", {"since": "2026-03-15T10:32:00Z"})

    assert answer == (202, {"status": "accepted"})
    assert [taken.json["data"]["number"] for taken in receiver.taken[before:]] == [2, 3]


def test_only_failed_deliveries_are_repeated_when_asked(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    fire(api, number=1)
    receiver.answer(500)
    fire(api, number=2)
    later(days=2)
    for _ in range(12):
        later(days=1, hours=6)
    receiver.answer(200)
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})
    api.patch(f"/webhooks/{webhook['id']}", {"active": True})
    before = len(receiver.taken)

    api.post(f"/webhooks/{webhook['id']}/redeliver", {"since": "2026-03-15T00:00:00Z", "onlyFailed": True})

    assert [taken.json["data"]["number"] for taken in receiver.taken[before:]] == [2]


def test_deleting_drops_queued_retries_and_the_log(kit: Kit, api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    assert api.delete(f"/webhooks/{webhook['id']}").status == 204
    later(days=4)
    fire(api)

    assert len(receiver.taken) == 1
    assert api.get(f"/webhooks/{webhook['id']}").status == 404


def test_switching_off_drops_queued_retries(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})
    later(minutes=1)

    assert len(receiver.taken) == 1
    assert [delivery["status"] for delivery in deliveries(api, webhook)] == ["dropped"]


def test_retries_go_where_the_webhook_points_by_then(api: Api, receiver: Receiver, later: Later) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)
    fire(api)
    api.patch(f"/webhooks/{webhook['id']}", {"url": receiver.url + "/new"})
    later(seconds=10)

    assert [taken.path for taken in receiver.taken] == ["/hook", "/hook/new"]


def test_both_secrets_sign_for_a_day_after_a_rotation(api: Api, receiver: Receiver, clock: FrozenClock, later: Later) -> None:
    webhook = register(api, receiver)
    rotated = api.post(f"/webhooks/{webhook['id']}/rotate-secret").body["data"]
    later(hours=23, minutes=59)
    fire(api)
    for secret in (webhook["secret"], rotated["secret"]):
        verified(secret, receiver.taken[0], clock.now())
    later(minutes=2)
    fire(api)

    verified(rotated["secret"], receiver.taken[1], clock.now())
    with pytest.raises(WebhookVerificationError):
        verified(webhook["secret"], receiver.taken[1], clock.now())


def test_test_is_sent_at_once_signed_and_answered_as_documented(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver, active=False)

    status, body = api.post(f"/webhooks/{webhook['id']}/test")

    assert (status, {**body, "responseTime": 0}) == (200, {"success": True, "statusCode": 200, "responseTime": 0, "event": "test.ping"})
    document = verified(webhook["secret"], receiver.taken[0], NOW)
    assert (document["type"], document["data"], document["workspaceId"]) == ("test.ping", {"webhookId": webhook["id"]}, "ws_a")
    assert api.get("/webhooks").body["data"][0]["lastStatus"] == 200


def test_test_that_is_not_taken_is_a_failed_delivery(api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    receiver.answer(500)

    status, body = api.post(f"/webhooks/{webhook['id']}/test")

    assert (status, body["error"]["code"]) == (502, "delivery_failed")
    assert api.get("/webhooks").body["data"][0]["lastStatus"] == 500
    assert deliveries(api, webhook) == []


def test_no_unit_of_work_is_open_while_a_receiver_is_waited_for(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver, "contact.created")
    seen = []

    def behave(*_: object) -> Answering:
        # On a backend with one writer, this write would wait for the delivery that waits for this answer.
        with kit.unit_of_work("ws_a") as unit:
            seen.append(unit.repository(WEBHOOK).get_for_update(webhook["id"]).id)
        return Answering()

    receiver.behave = behave
    made(api, "/contacts", {"firstName": "Mira", "lastName": "Solberg"})
    assert api.post(f"/webhooks/{webhook['id']}/test").status == 200

    assert seen == [webhook["id"]] * 2
    assert [delivery["status"] for delivery in deliveries(api, webhook)] == ["delivered"]
