from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Answer, Api
from tests.features.records import told
from tests.features.sales import LINE, add_contact, add_invoice
from tests.races.together import statuses, together

ROUNDS = 6

Act = Callable[[Api, str], Answer]


@pytest.mark.parametrize(("amount", "accepted", "paid", "status"), [(10, 10, 100, "paid"), (30, 3, 90, "sent"), (100, 1, 100, "paid")])
def test_payments_at_once_never_pass_the_total(kit: Kit, api: Api, amount: int, accepted: int, paid: int, status: str) -> None:
    invoice = add_invoice(api)
    api.post(f"/invoices/{invoice['id']}/send")

    answers = together([partial(api.post, f"/invoices/{invoice['id']}/payments", {"amount": amount})] * 20)

    assert [answer.status for answer in answers].count(201) == accepted
    assert set(statuses(answers)) <= {201, 409, 422}
    left = api.get(f"/invoices/{invoice['id']}").body["data"]
    assert (left["amountPaid"], left["status"]) == (paid, status)
    assert [payment["amount"] for payment in left["payments"]] == [amount] * accepted
    assert len(told(kit, "payment.recorded")) == accepted
    assert len(told(kit, "invoice.paid")) == (1 if status == "paid" else 0)


def test_numbers_have_no_gaps_though_some_creations_fail(api: Api) -> None:
    contact = add_contact(api)["id"]
    good = partial(api.post, "/invoices", {"contactId": contact, "items": [LINE]})
    bad = partial(api.post, "/invoices", {"contactId": "nothing", "items": [LINE]})

    answers = together([good, good, good, bad] * 4)

    assert statuses(answers) == [201] * 12 + [422] * 4
    made = sorted(answer.body["data"]["invoiceNumber"] for answer in answers if answer.status == 201)
    assert made == [f"INV-{number:03d}" for number in range(1, 13)]
    assert add_invoice(api)["invoiceNumber"] == "INV-013"


def edit(api: Api, id: str) -> Answer:
    return api.patch(f"/invoices/{id}", {"items": [{**LINE, "unitPrice": 250}]})


def send(api: Api, id: str) -> Answer:
    return api.post(f"/invoices/{id}/send")


def pay(api: Api, id: str) -> Answer:
    return api.post(f"/invoices/{id}/payments", {"amount": 100})


def void(api: Api, id: str) -> Answer:
    return api.post(f"/invoices/{id}/void")


def outcome(api: Api, id: str, answers: Sequence[Answer]) -> tuple[Any, ...]:
    left = api.get(f"/invoices/{id}").body["data"]
    assert sum(payment["amount"] for payment in left["payments"]) == left["amountPaid"]
    return tuple(answer.status for answer in answers), left["status"], left["total"], left["amountPaid"]


@pytest.mark.parametrize(
    "acts",
    [(edit, send, pay), (edit, pay, void), (send, pay, void), (edit, send, void)],
    ids=lambda acts: "-".join(act.__name__ for act in acts),
)
def test_what_happens_to_an_invoice_at_once_could_have_happened_in_some_order(api: Api, acts: tuple[Act, ...]) -> None:
    contact = add_contact(api)["id"]
    possible = set()
    for order in permutations(range(len(acts))):
        id = add_invoice(api, contactId=contact)["id"]
        done = {index: acts[index](api, id) for index in order}
        possible.add(outcome(api, id, [done[index] for index in range(len(acts))]))

    for _ in range(ROUNDS):
        id = add_invoice(api, contactId=contact)["id"]
        answers = together([partial(act, api, id) for act in acts])
        assert outcome(api, id, answers) in possible


def test_void_and_payment_at_once_tell_what_really_happened(kit: Kit, api: Api) -> None:
    contact = add_contact(api)["id"]
    for _ in range(ROUNDS):
        id = add_invoice(api, contactId=contact)["id"]
        paid, voided = together([partial(pay, api, id), partial(void, api, id)])
        mine = {event.name for event in told(kit) if event.entity_id == id and not event.name.endswith("ated")}
        assert (voided.status, "invoice.voided" in mine) == (200, True)
        assert (paid.status == 201) == ("payment.recorded" in mine)
        assert api.get(f"/invoices/{id}").body["data"]["status"] == "void"
