from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.invoices import PAYMENT
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Temporary, ValidationFailed
from conduyt_kit.ports.online_payments import PaymentReceived
from tests.features.accounts import NO_LIMITS, CheapPasswords, Office
from tests.features.billing.till import Till, till_of
from tests.features.calls import Answer
from tests.features.sales import LINE, add_contact, add_invoice


def sent_invoice(till: Till, **more: Any) -> str:
    id = add_invoice(till.api, **more)["id"]
    assert till.api.post(f"/invoices/{id}/send").status == 200
    assert isinstance(id, str)
    return id


def link(till: Till, invoice: str) -> Answer:
    return till.api.post(f"/invoices/{invoice}/payment-link")


def session_of(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    session = answer.body["data"]["url"].rpartition("/")[2]
    assert isinstance(session, str)
    return session


def state(till: Till, invoice: str) -> tuple[str, Any, list[Any]]:
    found = till.api.get(f"/invoices/{invoice}").body["data"]
    return found["status"], found["amountPaid"], [payment["amount"] for payment in found["payments"]]


def test_link_leads_to_a_page_for_what_is_left(till: Till) -> None:
    invoice = sent_invoice(till)
    till.api.post(f"/invoices/{invoice}/payments", {"amount": 30.5})

    answer = link(till, invoice)

    assert answer.body["data"] == {"url": answer.body["data"]["url"], "amount": 69.5, "currency": "USD"}
    found = till.bank.checkout(session_of(answer))
    assert (found.state.amount, found.state.currency, found.description) == (6950, "USD", "Invoice INV-001")
    assert found.pages.cancel_url.startswith("https://crm.example.org/i/")
    assert state(till, invoice) == ("sent", 30.5, [30.5])


def test_callback_of_the_payment_records_it_once(till: Till) -> None:
    invoice = sent_invoice(till)
    callback = till.bank.complete(session_of(link(till, invoice)))

    assert [till.deliver(callback) for _ in range(5)] == [200] * 5

    assert state(till, invoice) == ("paid", 100, [100])
    assert (len(till.told("payment.received")), len(till.told("payment.recorded")), len(till.told("invoice.paid"))) == (1, 1, 1)
    with till.kit.unit_of_work(till.workspace, write=False) as unit:
        [payment] = unit.repository(PAYMENT).all()
    assert (payment.provider, payment.external_id, payment.recorded_by) == ("fake", payment.reference, None)
    assert [attempt.state for attempt in till.attempts] == ["completed"]


def test_payers_return_records_the_payment_and_shows_the_invoice(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))
    callback = till.bank.complete(session)

    reply = till.visit(till.bank.checkout(session).pages.success_url)

    assert (reply.status, reply.headers["Location"]) == (303, till.bank.checkout(session).pages.cancel_url)
    assert state(till, invoice) == ("paid", 100, [100])
    assert till.deliver(callback) == 200
    assert till.visit(till.bank.checkout(session).pages.success_url).status == 303
    assert state(till, invoice) == ("paid", 100, [100])


def test_return_in_the_middle_of_the_callback_records_one_payment(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))
    callback = till.bank.complete(session)

    def payer_returns() -> None:
        till.visit(till.bank.checkout(session).pages.success_url)

    till.bank.meanwhile = payer_returns
    assert till.deliver(callback) == 200

    assert state(till, invoice) == ("paid", 100, [100])


def test_return_without_having_paid_records_nothing(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))

    assert till.visit(till.bank.checkout(session).pages.success_url).status == 303
    assert state(till, invoice) == ("sent", 0, [])


def test_return_while_the_provider_is_down_still_shows_the_invoice(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))
    callback = till.bank.complete(session)
    till.bank.fail_with(Temporary("down", "fake"))
    reply = till.visit(till.bank.checkout(session).pages.success_url)
    till.bank.fail_with(None)

    assert reply.status == 303
    assert state(till, invoice) == ("sent", 0, [])
    assert till.deliver(callback) == 200
    assert state(till, invoice) == ("paid", 100, [100])


@pytest.mark.parametrize("token", ["x", "", "AAAA", "é"])
def test_return_link_that_we_did_not_make_is_not_found(till: Till, token: str) -> None:
    assert till.page("GET", "/billing/return/:token", token).status == 404


def test_unpaid_link_is_the_same_however_often_it_is_asked_for(till: Till) -> None:
    invoice = sent_invoice(till)

    answers = [link(till, invoice) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(till.bank.keys) == 1


def test_link_follows_the_balance(till: Till) -> None:
    invoice = sent_invoice(till)
    first = session_of(link(till, invoice))
    till.api.post(f"/invoices/{invoice}/payments", {"amount": 40})

    second = session_of(link(till, invoice))

    assert [till.bank.checkout(session).state.amount for session in (first, second)] == [10000, 6000]


def test_lapsed_link_is_replaced(till: Till) -> None:
    invoice = sent_invoice(till)
    first = session_of(link(till, invoice))
    till.deliver(till.bank.expire(first))

    assert session_of(link(till, invoice)) != first
    assert sorted(attempt.state for attempt in till.attempts) == ["expired", "open"]


def test_asking_again_finds_a_payment_whose_callback_never_came(till: Till) -> None:
    invoice = sent_invoice(till)
    till.bank.complete(session_of(link(till, invoice)))

    assert link(till, invoice).status == 409
    assert state(till, invoice) == ("paid", 100, [100])


@pytest.mark.parametrize("before", ["draft", "void", "paid"])
def test_invoice_with_nothing_to_pay_has_no_link(till: Till, before: str) -> None:
    invoice = add_invoice(till.api)["id"] if before == "draft" else sent_invoice(till)
    if before == "void":
        till.api.post(f"/invoices/{invoice}/void")
    if before == "paid":
        till.api.post(f"/invoices/{invoice}/payments", {"amount": 100})

    answer = link(till, invoice)

    assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
    assert (till.attempts, till.bank.keys) == ([], [])


def test_invoice_of_another_workspace_is_not_found(office: Office, till: Till) -> None:
    other = till_of(office, name="Bo Lind", email="bo@example.org", workspace="Lind & Co")

    assert link(other, sent_invoice(till)).status == 404
    assert till.attempts == other.attempts == []


def test_amount_the_currency_cannot_show_is_refused(till: Till) -> None:
    till.api.patch("/workspace", {"currency": "JPY"})
    contact = add_contact(till.api)["id"]
    whole = sent_invoice(till, contactId=contact)
    fraction = sent_invoice(till, contactId=contact, items=[{**LINE, "unitPrice": 100.5}])

    assert till.bank.checkout(session_of(link(till, whole))).state.amount == 100
    answer = link(till, fraction)
    assert (answer.status, answer.body["error"]["code"]) == (422, "validation_failed")
    assert len(till.bank.keys) == 1


@pytest.mark.parametrize("meanwhile", ["void", "paid", "partly"])
def test_money_that_an_invoice_no_longer_takes_is_told_and_not_lost(till: Till, meanwhile: str) -> None:
    invoice = sent_invoice(till)
    callback = till.bank.complete(session_of(link(till, invoice)))
    if meanwhile == "void":
        till.api.post(f"/invoices/{invoice}/void")
    else:
        till.api.post(f"/invoices/{invoice}/payments", {"amount": 100 if meanwhile == "paid" else 40})
    before = state(till, invoice)

    assert [till.deliver(callback) for _ in range(3)] == [200] * 3

    assert state(till, invoice) == before
    [event] = till.told("payment.unapplied")
    assert (event.data["invoiceId"], event.data["amount"], event.data["provider"]) == (invoice, 100, "fake")
    assert event.data["externalId"].startswith("pi_fake_")


def test_failing_provider_leaves_no_payment_and_no_open_link(till: Till) -> None:
    invoice = sent_invoice(till)
    till.bank.lost = Temporary("No answer in time", "fake")
    assert link(till, invoice).status == 502
    till.bank.lost = None

    session_of(link(till, invoice))

    assert len(set(till.bank.keys)) == 1
    assert state(till, invoice) == ("sent", 0, [])


def test_payment_told_of_twice_is_recorded_once(till: Till) -> None:
    invoice = sent_invoice(till)
    told = PaymentReceived(subject_type="invoice", subject_id=invoice, amount="40.00", currency="USD", provider="fake", external_id="pi_1")

    for _ in range(2):
        with till.kit.unit_of_work(till.workspace) as unit:
            unit.emit(told)

    assert state(till, invoice) == ("sent", 40, [40])
    assert till.told("payment.unapplied") == []


@pytest.mark.parametrize(("subject_type", "subject_id"), [("deposit", "dep_1"), ("invoice", "inv_nobody")])
def test_payment_for_something_else_or_nothing_is_left_alone(till: Till, subject_type: str, subject_id: str) -> None:
    with till.kit.unit_of_work(till.workspace) as unit:
        unit.emit(
            PaymentReceived(
                subject_type=subject_type, subject_id=subject_id, amount="40", currency="USD", provider="fake", external_id="pi_1"
            )
        )
        assert unit.repository(PAYMENT).count() == 0


def test_payment_in_another_currency_is_not_counted_as_the_invoices(till: Till) -> None:
    invoice = sent_invoice(till)
    with till.kit.unit_of_work(till.workspace) as unit:
        unit.emit(
            PaymentReceived(subject_type="invoice", subject_id=invoice, amount="100", currency="JPY", provider="fake", external_id="pi_1")
        )

    assert state(till, invoice) == ("sent", 0, [])
    assert [event.data["reason"] for event in till.told("payment.unapplied")] == ["It is in USD, and JPY came"]


def test_storage_refuses_a_second_row_for_one_payment(till: Till) -> None:
    from conduyt_kit.features.invoices import Invoices

    invoice = sent_invoice(till)
    origin = {"provider": "fake", "external_id": "pi_1"}
    with till.kit.unit_of_work(till.workspace) as unit:
        unit[Invoices].record_payment(invoice, amount=Decimal(10), **origin)

    with pytest.raises(ValidationFailed, match="recorded already"), till.kit.unit_of_work(till.workspace) as unit:
        unit[Invoices].record_payment(invoice, amount=Decimal(10), **origin)

    assert state(till, invoice) == ("sent", 10, [10])


def test_payments_entered_by_hand_need_no_provider(till: Till) -> None:
    invoice = sent_invoice(till)

    for _ in range(2):
        assert till.api.post(f"/invoices/{invoice}/payments", {"amount": 10, "reference": "wire"}).status == 201

    assert state(till, invoice) == ("sent", 20, [10, 10])


def test_kit_without_billing_says_that_nothing_takes_payments(tmp_path: Path, clock: FrozenClock) -> None:
    features = [feature.record.name for feature in Kit.build().assembly.features if feature.record.name != "billing"]
    settings = {"rate_limit": "off", "auth": NO_LIMITS, "features": features}
    with Kit.build(settings, plugins=[CheapPasswords()], clock=clock) as kit:
        api = Office(kit).register()
        invoice = add_invoice(api)["id"]
        api.post(f"/invoices/{invoice}/send")

        answer = api.post(f"/invoices/{invoice}/payment-link")

        assert (answer.status, answer.body["error"]["message"]) == (
            502,
            "Nothing in this installation takes payments online; enable the feature 'billing'",
        )
