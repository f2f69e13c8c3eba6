import datetime as dt
import itertools
import json
from typing import Any

import attrs
import pytest

from conduyt_kit.defaults.fake_billing import SIGNATURE
from conduyt_kit.features.billing.consumed import CLEAN_UP_JOB, KEPT_FOR
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.errors import Temporary
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE, NewJob
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import Callback
from conduyt_kit.ports.signatures import sign
from tests.features.accounts import Office
from tests.features.billing.till import SECRET, Till, till_of


def signed(till: Till, clock: FrozenClock, body: bytes, secret: str = SECRET) -> Callback:
    callback = till.bank.event("other", "x")
    return attrs.evolve(callback, body=body, headers={SIGNATURE: sign(secret, body, clock.now())})


def test_paid_checkout_begins_the_subscription(till: Till) -> None:
    till.subscribe("premium")

    assert till.account is not None
    assert (till.account.status, till.account.plan, till.account.quantity) == ("active", "premium", 1)
    [event] = till.told("subscription.changed")
    assert (event.data["status"], event.data["plan"], event.data["interval"]) == ("active", "premium", "monthly")
    assert till.consumed == 1


@pytest.mark.parametrize(("status", "plan"), [("past_due", "standard"), ("trialing", "standard"), ("canceled", "starter")])
def test_plan_lasts_as_long_as_the_subscription(till: Till, status: Any, plan: str) -> None:
    customer = till.subscribe("standard")

    assert till.deliver(till.bank.change(customer, status=status)) == 200

    assert (till.status["status"], till.status["plan"]) == (status, plan)
    assert till.api.get("/workspace").body["data"]["plan"] == plan


def test_repeated_callback_has_no_second_effect(till: Till) -> None:
    customer = till.subscribe()
    callback = till.bank.change(customer, quantity=4)

    assert [till.deliver(callback) for _ in range(5)] == [200] * 5

    assert (till.consumed, len(till.told("subscription.changed"))) == (2, 1)
    assert till.account is not None
    assert till.account.quantity == 4


def test_every_order_of_five_events_with_repeats_ends_in_the_same_state(office: Office) -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(range(5))):
        till = till_of(office, email=f"u{number}@example.org")
        callbacks = [till.bank.complete(till.checkout("premium").body["sessionId"])]
        changes: list[dict[str, Any]] = [{"status": "past_due"}, {"status": "active"}, {"quantity": 3}, {"cancels_at_end": True}]
        callbacks += [till.bank.change(till.customer, **change) for change in changes]

        arriving = [callbacks[index] for index in order]
        assert {till.deliver(callback) for callback in [*arriving, *reversed(arriving)]} == {200}

        account = till.account
        assert account is not None
        assert till.consumed == 5
        ends.add((account.status, account.plan, account.quantity, account.cancels_at_end, account.current_period_end, till.status["plan"]))
    assert len(ends) == 1
    assert next(iter(ends))[:4] == ("active", "premium", 3, True)


def test_state_fetched_before_a_newer_one_was_written_is_fetched_again(till: Till) -> None:
    customer = till.subscribe()
    first = till.bank.change(customer, quantity=2)

    def newer() -> None:
        assert till.deliver(till.bank.change(customer, quantity=3)) == 200

    till.bank.meanwhile = newer
    assert till.deliver(first) == 200

    assert till.account is not None
    assert (till.account.quantity, till.consumed) == (3, 3)


def test_callback_that_overtakes_the_checkouts_own_answer_counts(till: Till) -> None:
    till.bank.lost = Temporary("No answer in time", "fake")
    till.checkout("standard")
    [session] = till.bank._sessions

    assert till.deliver(till.bank.complete(session)) == 200

    assert till.status["status"] == "active"


@pytest.mark.parametrize("number", range(10))
def test_forged_callback_is_refused_and_changes_nothing(till: Till, clock: FrozenClock, number: int) -> None:
    customer = till.subscribe()
    genuine = till.bank.change(customer, status="canceled")
    before = till.everything()
    later = clock.now() + dt.timedelta(minutes=5, seconds=1)
    forged = [
        attrs.evolve(genuine, headers={}),
        attrs.evolve(genuine, headers={SIGNATURE: ""}),
        attrs.evolve(genuine, headers={SIGNATURE: "t=1,v1=0"}),
        attrs.evolve(genuine, body=genuine.body.replace(b"canceled", b"active") + b" "),
        attrs.evolve(genuine, body=b""),
        attrs.evolve(genuine, headers={SIGNATURE: genuine.headers[SIGNATURE][:-1]}),
        signed(till, clock, genuine.body, "another secret"),
        signed(till, clock, genuine.body, ""),
        attrs.evolve(genuine, headers={SIGNATURE: sign(SECRET, genuine.body, later)}),
        till.bank.event("subscription_ended", "sub", livemode=True, customer=customer),
    ]

    assert till.deliver(forged[number]) == 403
    assert till.everything() == before


def test_thousand_guessed_signatures_are_refused(till: Till) -> None:
    customer = till.subscribe()
    genuine = till.bank.change(customer, status="canceled")
    before = till.everything()

    for number in range(1000):
        guess = f"{genuine.headers[SIGNATURE].partition(',')[0]},v1={number:064x}"
        assert till.deliver(attrs.evolve(genuine, headers={SIGNATURE: guess})) == 403

    assert till.everything() == before


def test_late_callback_is_refused(till: Till, clock: FrozenClock) -> None:
    callback = till.bank.change(till.subscribe(), status="past_due")
    clock.advance(dt.timedelta(minutes=5, seconds=1))

    assert till.deliver(callback) == 403
    assert till.consumed == 1


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"{", b"\xff"])
def test_signed_body_that_is_no_event_is_a_bad_request(till: Till, clock: FrozenClock, body: bytes) -> None:
    assert till.deliver(signed(till, clock, body)) == 400


def test_event_of_nobody_we_know_is_taken_and_leaves_nothing(till: Till) -> None:
    till.subscribe()
    before = till.everything()
    foreign = {"conduyt_workspace": till.workspace, "conduyt_attempt": "chk_of_another_installation"}

    for callback in (
        till.bank.event("subscription_changed", "sub_1", customer="cus_somebody"),
        till.bank.event("checkout_completed", "cs_1", metadata=foreign),
        till.bank.event("other", "prod_1"),
    ):
        assert till.deliver(callback) == 200

    assert till.everything() == before


def test_event_is_not_consumed_while_its_object_cannot_be_fetched(till: Till) -> None:
    callback = till.bank.change(till.subscribe(), status="past_due")
    till.bank.fail_with(Temporary("down", "fake"))
    # Reading an event asks the provider nothing.
    failed = till.deliver(callback)
    consumed = till.consumed
    till.bank.fail_with(None)

    assert (failed, consumed) == (502, 1)
    assert till.deliver(callback) == 200
    assert (till.status["status"], till.consumed) == ("past_due", 2)


def test_callback_reaches_only_its_own_workspace(office: Office, till: Till) -> None:
    other = till_of(office, name="Bo Lind", email="bo@example.org", workspace="Lind & Co")
    till.subscribe("premium")
    other.subscribe("standard")
    before = other.everything()

    till.deliver(till.bank.change(till.customer, status="canceled"))

    assert other.everything() == before
    assert till.status["status"] == "canceled"


def test_price_that_is_no_plans_keeps_the_plan(till: Till) -> None:
    customer = till.subscribe("premium")
    found = till.bank._subscriptions[customer]
    till.bank._subscriptions[customer] = attrs.evolve(found, price="price_from_the_dashboard")

    till.deliver(till.bank.change(customer, quantity=9))

    assert (till.status["plan"], till.status["status"]) == ("premium", "active")


def test_answer_says_that_the_callback_was_received(till: Till) -> None:
    callback = till.bank.event("other", "x")

    reply = till.api.send("POST", "/billing/webhook", callback.body, callback.headers)

    assert json.loads(reply.body) == {"received": True}


def test_consumed_events_are_forgotten_after_their_time(till: Till, clock: FrozenClock) -> None:
    till.subscribe()
    clock.advance(KEPT_FOR - dt.timedelta(seconds=1))
    run_clean_up(till)
    kept = till.consumed
    clock.advance(dt.timedelta(seconds=2))
    run_clean_up(till)

    assert (kept, till.consumed) == (1, 0)


def run_clean_up(till: Till) -> None:
    with UnitOfWork(till.kit.environment, Context(workspace=SYSTEM_WORKSPACE)) as unit:
        job = unit.enqueue(NewJob(kind=CLEAN_UP_JOB.kind))
    till.kit.job_executor().run_due(jobs=((SYSTEM_WORKSPACE, job.id),))
