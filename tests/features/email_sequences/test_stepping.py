import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.email_sequences import ENROLLMENT
from conduyt_kit.features.email_sequences.enrolling import SEND_STEP
from conduyt_kit.features.email_sequences.stepping import StepSender
from conduyt_kit.features.messages import Messages
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.kernel.jobs import JOB, NewJob
from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.ports.messages import IncomingMessage
from tests.features.calls import Api
from tests.features.conftest import NOW
from tests.features.email_sequences.drip import (
    DAY,
    add_person,
    add_sequence,
    enroll,
    enrollments,
    mails,
    messages,
    pass_time,
    subjects,
    work,
)
from tests.features.records import WORKSPACE, told
from tests.features.sales import found


def test_delays_count_from_enrollment(api: Api, kit: Kit, clock: FrozenClock) -> None:
    clock.move_to(dt.datetime(2026, 4, 15, 10, tzinfo=dt.UTC))
    sequence = add_sequence(api, 0, 3, 7)
    enroll(api, sequence, add_person(api))

    pass_time(kit, clock, 3)

    (shown,) = enrollments(api, sequence)
    assert (shown["currentStep"], shown["lastEmailSentAt"], shown["nextEmailAt"]) == (2, "2026-04-18T10:00:00Z", "2026-04-22T10:00:00Z")
    pass_time(kit, clock, 4)
    (shown,) = enrollments(api, sequence)
    assert (shown["status"], shown["currentStep"], shown["nextEmailAt"]) == ("completed", 3, None)
    assert subjects(kit) == ["Step 1, Mira", "Step 2, Mira", "Step 3, Mira"]
    assert [event.name for event in told(kit, "sequence.")] == ["sequence.created", "sequence.enrolled", "sequence.completed"]


def test_nothing_is_sent_before_its_time(api: Api, kit: Kit, clock: FrozenClock) -> None:
    enroll(api, add_sequence(api, 1), add_person(api))

    pass_time(kit, clock, 0.999)
    assert subjects(kit) == []
    pass_time(kit, clock, 0.001)
    assert subjects(kit) == ["Step 1, Mira"]


def test_steps_are_messages_of_the_contact_with_a_way_out(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 0), add_person(api)
    enroll(api, sequence, contact)
    work(kit)

    (message,) = messages(kit)
    (mail,) = mails(kit)

    assert (message.contact_id, message.channel, message.status) == (contact, "email", "delivered")
    assert message.origin == f"sequence:{enrollments(api, sequence)[0]['id']}:1"
    assert mail.to == "mira@fjord.example"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail.headers["List-Unsubscribe"].strip("<>")
    assert f'<p>Step 1 Mira</p><p style="font-size:12px;color:#666"><a href="{url}">Unsubscribe</a></p>' == mail.html
    assert mail.text == f"Step 1 Mira\n\nUnsubscribe: {url}"


def test_template_may_place_the_way_out_itself(api: Api, kit: Kit) -> None:
    body = "<p>Hi</p><a href='{{unsubscribeUrl}}'>Leave</a>"
    template = api.post("/emails/templates", {"name": "N", "subject": "S", "bodyHtml": body}).body["data"]["id"]
    steps = [{"templateId": template, "delayDays": 0}]
    sequence = api.post("/emails/sequences", {"name": "S", "steps": steps}).body["data"]
    enroll(api, sequence, add_person(api))
    work(kit)

    (mail,) = mails(kit)

    url = mail.headers["List-Unsubscribe"].strip("<>")
    assert (mail.html or "").count("nsubscribe") == 1
    assert url.rpartition("/")[2] in (mail.html or "")


def test_after_an_outage_what_is_overdue_is_sent_in_order(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 1, 3, 60)
    enroll(api, sequence, add_person(api))

    clock.advance(10 * DAY)
    work(kit)

    assert subjects(kit) == ["Step 1, Mira", "Step 2, Mira"]
    assert enrollments(api, sequence)[0]["nextEmailAt"] == "2026-05-14T10:30:00Z"


def test_inactive_sequence_waits_and_goes_on_when_active_again(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 1, 3)
    path = f"/emails/sequences/{sequence['id']}"
    enroll(api, sequence, add_person(api))
    api.patch(path, {"status": "inactive"})
    pass_time(kit, clock, 10)
    assert subjects(kit) == []
    (waiting,) = enrollments(api, sequence)
    assert (waiting["status"], waiting["nextEmailAt"]) == ("active", "2026-03-16T10:30:00Z")

    api.patch(path, {"status": "active"})
    work(kit)

    assert subjects(kit) == ["Step 1, Mira"]
    assert enrollments(api, sequence)[0]["nextEmailAt"] == "2026-03-27T10:30:00Z"
    pass_time(kit, clock, 2)
    assert subjects(kit) == ["Step 1, Mira", "Step 2, Mira"]


def test_pause_before_the_due_time_changes_nothing(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 2)
    path = f"/emails/sequences/{sequence['id']}"
    enroll(api, sequence, add_person(api))
    api.post(f"{path}/deactivate")
    pass_time(kit, clock, 1)
    api.post(f"{path}/activate")
    pass_time(kit, clock, 1)

    assert subjects(kit) == ["Step 1, Mira"]
    assert messages(kit)[0].created_at == NOW + 2 * DAY


def test_step_without_its_template_is_left_out(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 1, 2, 3)
    path = f"/emails/sequences/{sequence['id']}"
    enroll(api, sequence, add_person(api))
    api.post(f"{path}/deactivate")
    assert api.delete(f"/emails/templates/{sequence['steps'][1]['templateId']}").status == 204
    kept = [sequence["steps"][0], sequence["steps"][2]]
    assert api.patch(path, {"status": "active", "steps": kept}).status == 200

    pass_time(kit, clock, 4)

    assert subjects(kit) == ["Step 1, Mira", "Step 3, Mira"]
    assert enrollments(api, sequence)[0]["status"] == "completed"


def test_contact_that_lost_its_address_leaves(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence, contact = add_sequence(api, 1), add_person(api)
    enroll(api, sequence, contact)
    api.patch(f"/contacts/{contact}", {"email": None})

    pass_time(kit, clock, 2)

    assert (subjects(kit), enrollments(api, sequence)[0]["status"]) == ([], "unenrolled")
    assert [event.data["reason"] for event in told(kit, "sequence.unenrolled")] == ["no_email"]


def test_suppressed_address_of_another_contact_counts_too(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 1)
    twins = [add_person(api, "Ann", email="both@fjord.example"), add_person(api, "Bea", email="Both@fjord.example")]
    enroll(api, sequence, *twins)
    with kit.unit_of_work(WORKSPACE) as unit:
        unit[Messages].suppress("both@fjord.example", "email", "manual", twins[0])

    pass_time(kit, clock, 2)

    assert subjects(kit) == []
    assert {shown["status"] for shown in enrollments(api, sequence)} == {"unenrolled"}
    assert enroll(api, sequence, *twins)["details"][1]["reason"] == "unsubscribed"


def receive(kit: Kit, sender: str) -> None:
    with kit.unit_of_work(WORKSPACE) as unit:
        incoming = IncomingMessage(provider_id=f"in-{unit.now}", sender=sender, recipient="us@example.org", text="Yes!", subject="Re")
        assert unit[Messages].received("email", "test", incoming) is not None


def test_reply_stops_the_sequence_where_the_workspace_wants_that(api: Api, kit: Kit, clock: FrozenClock) -> None:
    found(kit, WORKSPACE)
    api.patch("/workspace", {"stopSequencesOnReply": True})
    sequence = add_sequence(api, 0, 2)
    enroll(api, sequence, add_person(api), add_person(api, "Ann"))
    pass_time(kit, clock, 1)

    receive(kit, "mira@fjord.example")
    pass_time(kit, clock, 5)

    assert sorted(map(str, subjects(kit))) == ["Step 1, Ann", "Step 1, Mira", "Step 2, Ann"]
    assert {shown["contact"]["firstName"]: shown["status"] for shown in enrollments(api, sequence)} == {
        "Mira": "unenrolled",
        "Ann": "completed",
    }
    assert api.get(f"/emails/sequences/{sequence['id']}/stats").body["data"]["replied"] == 1


def test_reply_stops_nothing_unless_asked_to(api: Api, kit: Kit, clock: FrozenClock) -> None:
    found(kit, WORKSPACE)
    sequence = add_sequence(api, 0, 2)
    enroll(api, sequence, add_person(api))
    pass_time(kit, clock, 1)
    receive(kit, "mira@fjord.example")
    pass_time(kit, clock, 5)

    assert subjects(kit) == ["Step 1, Mira", "Step 2, Mira"]
    shown = api.get(f"/emails/sequences/{sequence['id']}/stats").body["data"]
    assert (shown["replied"], [step["replied"] for step in shown["steps"]]) == (1, [1, 0])


def test_second_job_for_a_step_sends_nothing(api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 0, 1, 5)
    enroll(api, sequence, add_person(api))
    work(kit)
    (before,) = enrollments(api, sequence)
    clock.advance(DAY)
    with kit.unit_of_work(WORKSPACE) as unit:
        for step in (1, 3, 2, 2, 4):
            # Due before the real one, so that they are run first.
            unit.enqueue(NewJob(kind=SEND_STEP, args={"enrollment": before["id"], "step": step}, due_at=NOW))
    work(kit)

    assert subjects(kit) == ["Step 1, Mira", "Step 2, Mira"]
    (after,) = enrollments(api, sequence)
    assert (after["currentStep"], after["nextEmailAt"]) == (2, "2026-03-20T10:30:00Z")
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        assert {job.state for job in unit.repository(JOB).all(where(kind=SEND_STEP))} == {"done", "queued"}
        assert unit.repository(JOB).count(Compare("last_error", Op.NE, None)) == 0


def test_step_read_before_the_contact_left_is_not_written(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 1, 2), add_person(api)
    enroll(api, sequence, contact)
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        (read,) = unit.repository(ENROLLMENT).all()
    api.post(f"/emails/sequences/{sequence['id']}/unenroll", {"contactId": contact})
    before = enrollments(api, sequence)

    with pytest.raises(Contention), kit.unit_of_work(WORKSPACE) as unit:
        StepSender(unit, 1).advance(read, None, sent=True)

    assert enrollments(api, sequence) == before
    assert subjects(kit) == []


def test_step_that_meets_another_change_is_tried_again(api: Api, kit: Kit, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = add_sequence(api, 1)
    enroll(api, sequence, add_person(api))
    met: list[int] = []
    advance = StepSender.advance

    def meet_once(sender: StepSender, *args: Any, **kwargs: Any) -> None:
        met.append(1)
        if len(met) == 1:
            raise Contention("changed by another request")
        advance(sender, *args, **kwargs)

    monkeypatch.setattr(StepSender, "advance", meet_once)
    pass_time(kit, clock, 1)

    assert (len(met), len(messages(kit)), subjects(kit)) == (2, 1, ["Step 1, Mira"])
