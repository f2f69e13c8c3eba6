import datetime as dt
from itertools import permutations
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages.delivery import TRIES
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE
from conduyt_kit.ports.messages import OutgoingMessage, SendResult
from tests.features.calls import Api
from tests.features.messages.post import PostPlugin, add_mira, call_back, jobs_of, state, write
from tests.features.records import told, trail
from tests.kernel.drained import drain


def report(api: Api, id: str, status: str, reason: str | None = None) -> int:
    return call_back(api, "status", "smspost", {"provider_id": f"smspost-{id}", "status": status, "reason": reason})


@pytest.fixture
def sent(kit: Kit, api: Api, mira: str) -> str:
    """A message that the provider took."""
    id = write(api, mira, "sms")
    drain(kit)
    return id


def test_delivery_is_noted_and_told_once(kit: Kit, api: Api, sent: str) -> None:
    assert [report(api, sent, "delivered"), report(api, sent, "delivered")] == [204, 204]
    assert state(api, sent) == ("delivered", None)
    [event] = told(kit, "message.delivered")
    assert event.data["messageId"] == sent
    assert trail(kit, entity_type="message")[-1].changes == {"status": {"from": "sent", "to": "delivered"}}


def test_failure_is_noted_with_the_providers_reason(kit: Kit, api: Api, sent: str) -> None:
    assert report(api, sent, "failed", "the number is unknown (30005)") == 204
    assert state(api, sent) == ("failed", "the number is unknown (30005)")
    assert [event.data["reason"] for event in told(kit, "message.failed")] == ["the number is unknown (30005)"]


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_reports_in_any_order_end_in_the_same_status(kit: Kit, api: Api, sent: str, order: tuple[str, ...]) -> None:
    for status in order:
        assert report(api, sent, status) == 204
    assert state(api, sent) == ("delivered", None)
    assert len(told(kit, "message.delivered")) == 1


def test_what_ended_stays_ended(kit: Kit, api: Api, sent: str) -> None:
    for status in ("failed", "delivered", "sent"):
        assert report(api, sent, status, "No") == 204
    assert state(api, sent) == ("failed", "No")
    assert told(kit, "message.delivered") == []


def test_report_that_says_nothing_changes_nothing(api: Api, sent: str) -> None:
    assert call_back(api, "status", "smspost", None) == 204
    assert state(api, sent) == ("sent", None)


def test_report_that_overtakes_the_providers_answer_is_applied_afterwards(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str
) -> None:
    def report_at_once(message: OutgoingMessage) -> SendResult | None:
        assert report(api, message.id, "delivered") == 204
        return None

    post.sms.acts = [report_at_once]
    id = write(api, mira, "sms")
    drain(kit)
    clock.advance(dt.timedelta(minutes=1))
    drain(kit)
    assert state(api, id) == ("delivered", None)
    assert [event.name for event in told(kit, "message.")] == ["message.queued", "message.sent", "message.delivered"]


def test_report_on_an_unknown_message_is_looked_into_once_and_given_up_quietly(kit: Kit, api: Api, clock: FrozenClock) -> None:
    assert [report(api, "msg_unknown", "delivered") for _ in range(3)] == [204, 204, 204]
    for _ in range(TRIES + 2):
        drain(kit)
        clock.advance(dt.timedelta(minutes=1))
    assert [(job.state, job.attempt) for job in jobs_of(kit, "messages.apply_status", SYSTEM_WORKSPACE)] == [("done", TRIES)]
    assert told(kit, "message.") == []


def test_report_reaches_the_workspace_of_its_message_only(kit: Kit, api: Api, other_api: Api, mira: str, sent: str) -> None:
    theirs = write(other_api, add_mira(other_api), "sms")
    drain(kit)
    assert report(api, theirs, "delivered") == 204
    assert (state(api, sent), state(other_api, theirs)) == (("sent", None), ("delivered", None))


def test_incoming_message_is_never_taken_for_the_one_reported_on(api: Api, mira: str) -> None:
    document: dict[str, Any] = {"provider_id": "smspost-x", "sender": "+4722856000", "recipient": "y", "text": "Hello"}
    assert call_back(api, "inbound", "smspost", document) == 204
    assert report(api, "x", "failed", "No") == 204
    [message] = api.get("/messages").body["data"]
    assert message["status"] == "received"
