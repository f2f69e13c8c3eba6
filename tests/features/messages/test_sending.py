import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages import MESSAGE
from conduyt_kit.features.messages.sending import MAY_HAVE_BEEN_SENT, MOST_TRIES
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Misconfigured, Rejected, Temporary, Unsupported
from conduyt_kit.ports.messages import OutgoingMessage, SendResult
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import PostPlugin, add_mira, failing, jobs_of, shown, state, write
from tests.features.records import told
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin, drain

DAY = dt.timedelta(days=1)


def drain_for_a_day(kit: Kit, clock: FrozenClock) -> None:
    for _ in range(MOST_TRIES + 5):
        clock.advance(DAY)
        drain(kit)


@pytest.mark.parametrize("error", [Temporary("The server is busy", "mailpost"), Misconfigured("Correct CONDUYT_X", "mailpost")])
def test_temporary_failure_keeps_the_message_queued_with_its_reason_and_is_tried_again(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str, error: Exception
) -> None:
    post.mail.acts = [failing(error)]
    id = write(api, mira)
    drain(kit)
    assert (state(api, id), post.mail.sent) == (("queued", str(error)), [])
    assert told(kit, "message.failed") == []

    clock.advance(dt.timedelta(minutes=1))
    drain(kit)

    assert state(api, id) == ("sent", None)
    assert [mail.id for mail in post.mail.sent] == [id]
    assert len(told(kit, "message.sent")) == 1


def test_waits_grow_and_are_never_shorter_than_the_provider_asks(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str
) -> None:
    post.mail.acts = [failing(Temporary("Busy", "mailpost", retry_after)) for retry_after in (None, 7200.0, 1.0)]
    write(api, mira)
    waits = []
    for _ in range(3):
        drain(kit)
        [job] = jobs_of(kit, "messages.send")
        waits.append((job.due_at - clock.now()).total_seconds())
        clock.move_to(job.due_at)
    assert 24 <= waits[0] <= 36
    assert waits[1] == 7200
    assert 96 <= waits[2] <= 144


def test_message_fails_with_the_last_reason_once_all_tries_are_used_up(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str
) -> None:
    post.mail.acts = [failing(Temporary(f"Busy {number}", "mailpost")) for number in range(MOST_TRIES + 5)]
    id = write(api, mira)
    drain_for_a_day(kit, clock)
    assert state(api, id) == ("failed", f"Busy {MOST_TRIES - 1}")
    assert len(post.mail.acts) == 5
    assert [event.data["reason"] for event in told(kit, "message.failed")] == [f"Busy {MOST_TRIES - 1}"]


@pytest.mark.parametrize("kind", [Rejected, Unsupported])
def test_final_failure_is_never_tried_again_and_says_why(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str, kind: type[Rejected]
) -> None:
    post.mail.acts = [failing(kind("There is no such mailbox", "mailpost"))]
    id = write(api, mira)
    drain_for_a_day(kit, clock)
    assert (state(api, id), post.mail.sent) == (("failed", "There is no such mailbox"), [])
    assert (shown(api, id)["sentAt"], api.get("/conversations").body["data"][0]["lastMessage"]) == (None, "Good morning")
    assert [event.data["reason"] for event in told(kit, "message.")[1:]] == ["There is no such mailbox"]


@pytest.mark.parametrize(("answer", "status"), [("queued", "sent"), ("sent", "sent"), ("delivered", "delivered"), ("failed", "failed")])
def test_status_follows_the_providers_answer(kit: Kit, api: Api, post: PostPlugin, mira: str, answer: Any, status: str) -> None:
    post.sms.acts = [lambda _: SendResult(provider="smspost", provider_id="SM1", status=answer)]
    id = write(api, mira, "sms")
    drain(kit)
    found = shown(api, id)
    assert (found["status"], found["provider"], found["providerId"]) == (status, "smspost", "SM1")
    names = {"sent": ["sent"], "delivered": ["sent", "delivered"], "failed": ["failed"]}[status]
    assert [event.name for event in told(kit, "message.")] == ["message.queued", *(f"message.{name}" for name in names)]


class Died(BaseException):
    """Ends a drain as a killed process ends: nothing after it is written."""


def die(_: OutgoingMessage) -> SendResult | None:
    raise Died


def crash_while_sending(kit: Kit, clock: FrozenClock) -> None:
    with pytest.raises(Died):
        drain(kit)
    clock.advance(dt.timedelta(minutes=5))


def test_message_whose_process_died_while_sending_is_marked_and_never_sent_again(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str
) -> None:
    post.mail.acts = [die]
    id = write(api, mira)
    crash_while_sending(kit, clock)
    assert state(api, id) == ("queued", None)

    drain_for_a_day(kit, clock)

    assert (state(api, id), post.mail.sent) == (("failed", MAY_HAVE_BEEN_SENT), [])
    assert [event.data["reason"] for event in told(kit, "message.failed")] == [MAY_HAVE_BEEN_SENT]


def test_message_whose_process_died_before_the_claim_is_sent(kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str) -> None:
    id = write(api, mira)
    kit.job_executor().claim(limit=1)
    drain(kit)
    assert post.mail.sent == []
    clock.advance(dt.timedelta(minutes=5))
    drain(kit)
    assert (state(api, id), len(post.mail.sent)) == (("sent", None), 1)


def test_message_whose_outcome_could_not_be_written_is_never_sent_again(
    kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str
) -> None:
    def take_the_row_away(message: OutgoingMessage) -> SendResult | None:
        """Let another worker's lease begin, so that this one's outcome is refused."""
        clock.advance(dt.timedelta(minutes=5))
        assert len(kit.job_executor().claim(limit=1)) == 1
        return None

    post.mail.acts = [take_the_row_away]
    id = write(api, mira)
    drain(kit)
    assert ([mail.id for mail in post.mail.sent], state(api, id)) == ([id], ("queued", None))

    drain_for_a_day(kit, clock)

    assert ([mail.id for mail in post.mail.sent], state(api, id)) == ([id], ("failed", MAY_HAVE_BEEN_SENT))


def test_lost_answer_counts_as_perhaps_sent(kit: Kit, api: Api, post: PostPlugin, clock: FrozenClock, mira: str) -> None:
    post.mail.acts = [failing(Temporary("The connection broke", "mailpost", uncertain=True))]
    id = write(api, mira)
    drain_for_a_day(kit, clock)
    assert (state(api, id), post.mail.sent) == (("failed", f"{MAY_HAVE_BEEN_SENT} (The connection broke)"), [])


def test_setting_resend_sends_again_under_the_same_id(tmp_path: Path, clock: FrozenClock, post: PostPlugin) -> None:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "messages": {"after_crash": "resend"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), post]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more], clock=clock) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        ids = []

        def deliver_and_die(message: OutgoingMessage) -> SendResult | None:
            ids.append(message.id)
            raise Died

        post.mail.acts = [deliver_and_die, failing(Temporary("Lost", "mailpost", uncertain=True))]
        id = write(api, add_mira(api))
        crash_while_sending(kit, clock)
        drain_for_a_day(kit, clock)
        assert ([*ids, *(mail.id for mail in post.mail.sent)], state(api, id)) == ([id, id], ("sent", None))


def test_message_that_kills_every_worker_ends_as_failed_even_with_resend(tmp_path: Path, clock: FrozenClock, post: PostPlugin) -> None:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "messages": {"after_crash": "resend"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), post]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more], clock=clock) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        post.mail.acts = [die] * MOST_TRIES
        id = write(api, add_mira(api))
        for _ in range(MOST_TRIES):
            crash_while_sending(kit, clock)
        drain_for_a_day(kit, clock)
        assert (state(api, id), post.mail.sent, post.mail.acts) == (("failed", MAY_HAVE_BEEN_SENT), [], [])


def test_sending_is_committed_before_the_provider_is_asked(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    seen = []

    def look(message: OutgoingMessage) -> SendResult | None:
        with kit.unit_of_work("ws_a", write=False) as unit:
            seen.append(unit.repository(MESSAGE).get(message.id).sending_at)
        return None

    post.mail.acts = [look]
    id = write(api, mira)
    drain(kit)
    with kit.unit_of_work("ws_a", write=False) as unit:
        after = unit.repository(MESSAGE).get(id).sending_at
    assert (seen, after) == ([kit.clock.now()], None)
