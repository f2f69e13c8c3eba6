import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from conduyt_kit.features.users import Users
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.plan_limits import PLAN_LIMITS, PlanLimitReached
from tests.features.accounts import Office
from tests.features.billing.test_payment_links import link, sent_invoice, session_of, state
from tests.features.billing.till import Till, running_bank, till_of
from tests.features.calls import Answer
from tests.features.sales import add_contact
from tests.races.together import statuses, together

CALLERS = 20
LIMITS = {"starter": {"contacts": 3, "seats": 2}}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)], autouse=True)
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", request.param)


@pytest.fixture
def limited(tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    with running_bank(tmp_path, clock, billing={"limits": LIMITS}) as office:
        yield office


def answered(call: Callable[[], int]) -> Callable[[], Answer]:
    return lambda: Answer(call(), None)


def test_checkouts_at_once_are_one_customer_and_one_checkout(till: Till) -> None:
    answers = together([till.checkout] * CALLERS)

    assert statuses(answers) == [200] * CALLERS
    assert len({answer.body["sessionId"] for answer in answers}) == 1
    assert {(asked.reference, asked.name, asked.email) for asked in till.bank.asked} == {(till.workspace, "Marsh & Co", "ann@example.org")}
    assert [attempt.state for attempt in till.attempts] == ["open"]
    assert len(till.bank._customers) == 1


def test_payment_told_by_return_and_callbacks_at_once_is_recorded_once(till: Till) -> None:
    contact = add_contact(till.api)["id"]
    for _ in range(5):
        invoice = sent_invoice(till, contactId=contact)
        session = session_of(link(till, invoice))
        callback = till.bank.complete(session)
        callbacks = [callback] * 5 + [till.bank.event("checkout_completed", session, metadata=till.bank.checkout(session).state.metadata)]
        back = till.bank.checkout(session).pages.success_url

        actions = [answered(partial(till.deliver, each)) for each in callbacks]
        answers = together([*actions, *[answered(lambda back=back: till.visit(back).status)] * 4])  # type: ignore[misc]

        assert set(statuses(answers)) <= {200, 303}
        assert state(till, invoice) == ("paid", 100, [100])
    assert len(till.told("payment.received")) == 5


def test_callbacks_at_once_end_in_the_providers_state(till: Till) -> None:
    customer = till.subscribe()
    callbacks = [till.bank.change(customer, quantity=number) for number in range(2, 12)]

    answers = together([answered(partial(till.deliver, callback)) for callback in [*callbacks, *callbacks]])

    assert set(statuses(answers)) <= {200, 503}
    for callback in callbacks:
        assert till.deliver(callback) == 200
    assert till.account is not None
    assert (till.account.quantity, till.consumed) == (11, 11)


def test_of_a_hundred_contacts_at_the_limit_one_gets_through(limited: Office) -> None:
    till = till_of(limited)
    add_contact(till.api)
    add_contact(till.api)

    answers = together([lambda: till.api.post("/contacts", {"firstName": "A", "lastName": "B"})] * 100)

    assert statuses(answers) == [201] + [409] * 99
    assert till.api.get("/contacts").body["meta"]["total"] == 3


def test_second_who_asks_for_the_last_seat_waits_for_the_first_and_is_refused(limited: Office) -> None:
    till = till_of(limited)
    plan_limits = limited.kit.provider(PLAN_LIMITS)
    checked = threading.Event()

    def ask() -> None:
        with limited.kit.unit_of_work(till.workspace) as unit:
            plan_limits.check(unit, "seats")
            checked.set()

    with ThreadPoolExecutor(1) as pool:
        with limited.kit.unit_of_work(till.workspace) as unit:
            plan_limits.check(unit, "seats")
            unit[Users].create_active(name="Bo", email="bo@example.org", role="member")
            unit.flush()
            second = pool.submit(ask)
            # It can only get past its check where it does not wait.
            checked.wait(0.3)
        with pytest.raises(PlanLimitReached):
            second.result(timeout=30)

    assert till.status["seats"] == {"used": 2, "included": 2}
