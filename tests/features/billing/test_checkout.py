from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.users import Users
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Misconfigured, Rejected, SettingsError, Temporary
from tests.features.accounts import Office
from tests.features.billing.till import PAGES, Till, running_bank, till_of
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import refused


def test_checkout_is_opened_for_plan_and_interval(till: Till) -> None:
    monthly = till.checkout("starter").body
    annual = till.checkout("premium", interval="annual").body

    assert monthly == {
        "checkoutUrl": f"https://crm.example.org/fake-billing/checkout/{monthly['sessionId']}",
        "sessionId": monthly["sessionId"],
    }
    assert [till.bank.checkout(body["sessionId"]).price for body in (monthly, annual)] == ["starter_monthly", "premium_annual"]
    pages = till.bank.checkout(annual["sessionId"]).pages
    assert (pages.success_url, pages.cancel_url) == (PAGES["successUrl"], PAGES["cancelUrl"])
    assert till.status["status"] == "none"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": "gold", **PAGES}, "plan"),
        ({**PAGES}, "plan"),
        ({"plan": "starter", "interval": "weekly", **PAGES}, "interval"),
        ({"plan": "starter", "successUrl": PAGES["successUrl"]}, "cancelUrl"),
        ({"plan": "starter", "cancelUrl": PAGES["cancelUrl"]}, "successUrl"),
        ({"plan": "starter", **PAGES, "successUrl": "javascript:alert(1)"}, "successUrl"),
        ({"plan": "starter", **PAGES, "quantity": -3}, "quantity"),
        ({"plan": "starter", **PAGES, "price": "price_of_nothing"}, "price"),
    ],
)
def test_wrong_input_names_its_field_and_asks_the_provider_nothing(till: Till, body: dict[str, Any], field: str) -> None:
    assert refused(till.api.post("/billing/checkout", body)) == (422, [field])
    assert (till.account, till.attempts, till.bank.asked) == (None, [], [])


def test_workspace_is_one_customer_whoever_asks(office: Office, till: Till) -> None:
    bob = Till(office.kit, office.hire(till.api, "member"), till.workspace)

    till.checkout("starter")
    bob.checkout("premium")

    assert {(customer.reference, customer.name, customer.email) for customer in till.bank.asked} == {
        (till.workspace, "Marsh & Co", "ann@example.org")
    }
    assert till.bank.asked[1].known_id == till.customer


def test_two_workspaces_are_two_customers(office: Office, till: Till) -> None:
    other = till_of(office, name="Bo Lind", email="bo@example.org", workspace="Lind & Co")

    till.checkout()
    other.checkout()

    assert till.customer != other.customer
    assert [attempt.id for attempt in till.attempts] != [attempt.id for attempt in other.attempts]


def test_same_checkout_asked_for_again_is_the_open_one(till: Till) -> None:
    first, again, other = till.checkout(), till.checkout(), till.checkout("premium")

    assert first == again
    assert other.body["sessionId"] != first.body["sessionId"]
    assert len(till.bank.keys) == 2
    assert [attempt.state for attempt in till.attempts] == ["open", "open"]


def test_checkout_that_has_lapsed_is_opened_anew(till: Till) -> None:
    first = till.checkout().body["sessionId"]
    till.bank.expire(first)

    assert till.checkout().body["sessionId"] != first
    assert sorted(attempt.state for attempt in till.attempts) == ["expired", "open"]


def test_checkout_the_provider_forgot_is_opened_anew(till: Till) -> None:
    first = till.checkout().body["sessionId"]
    till.bank._sessions.clear()

    answer = till.checkout()

    assert (answer.status, answer.body["sessionId"] == first) == (200, False)


def test_second_subscription_is_refused_even_before_the_first_ones_callback(till: Till) -> None:
    till.bank.complete(till.checkout("standard").body["sessionId"])

    answer = till.checkout("premium")

    assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
    assert "billing portal" in answer.body["error"]["message"]
    assert [attempt.state for attempt in till.attempts] == ["open"]
    assert (till.status["plan"], till.status["status"]) == ("standard", "active")


def test_subscription_may_begin_again_after_it_ended(till: Till) -> None:
    customer = till.subscribe("standard")
    till.deliver(till.bank.change(customer, status="canceled"))

    till.subscribe("standard")

    assert (till.status["plan"], till.status["status"]) == ("standard", "active")


def test_subscription_of_the_test_mode_does_not_count_in_the_live_mode(till: Till) -> None:
    before = till.subscribe("premium")
    till.bank.mode = "live"

    answer = till.checkout("standard")

    assert answer.status == 200
    assert till.customer != before
    assert (till.status["plan"], till.status["status"], till.status["currentPeriodEnd"]) == ("starter", "none", None)
    assert till.deliver(till.bank.change(before, quantity=9)) == 200
    assert till.status["status"] == "none"
    assert till.deliver(till.bank.complete(answer.body["sessionId"])) == 200
    assert (till.status["plan"], till.status["status"]) == ("standard", "active")


def test_account_begins_anew_with_another_provider(till: Till) -> None:
    till.subscribe("premium")
    till.bank.provider = "other"
    fresh = till.status
    checkout = till.checkout("premium")

    assert (fresh["status"], fresh["currentPeriodEnd"]) == ("none", None)
    assert checkout.status == 502
    assert "prices" in checkout.body["error"]["message"]
    assert till.api.post("/billing/portal").status == 200
    assert till.account is not None
    assert (till.account.provider, till.account.status, till.status["plan"]) == ("other", "none", "starter")


@pytest.mark.parametrize("error", [Temporary("It does not answer", "fake"), Misconfigured("The key is wrong; set KEY", "fake")])
def test_failing_provider_leaves_nothing_half_done(till: Till, error: Any) -> None:
    till.bank.fail_with(error)

    for answer in (till.checkout(), till.api.post("/billing/portal")):
        assert (answer.status, answer.body["error"]) == (502, {"code": "delivery_failed", "message": error.message})
    assert till.attempts == []
    assert till.account is not None
    assert (till.account.customer, till.account.status) == (None, "none")

    till.bank.fail_with(None)
    assert till.checkout().status == 200


def test_call_whose_answer_was_lost_is_repeated_with_its_key(till: Till) -> None:
    till.bank.lost = Temporary("No answer in time", "fake")
    assert till.checkout().status == 502
    assert [(attempt.state, attempt.session_id) for attempt in till.attempts] == [("asked", None)]
    till.bank.lost = None

    answer = till.checkout()

    assert answer.status == 200
    assert till.bank.keys == [f"conduyt-{till.attempts[0].id}"] * 2
    assert list(till.bank._sessions) == [answer.body["sessionId"]]


def test_refused_call_is_made_anew_with_another_key(till: Till) -> None:
    till.bank.refusal = Rejected("No such price", "fake")
    assert till.checkout().status == 502
    assert [(attempt.state, attempt.problem) for attempt in till.attempts] == [("refused", "No such price")]
    till.bank.refusal = None

    assert till.checkout().status == 200
    assert len(set(till.bank.keys)) == 2


def test_repeated_request_with_an_idempotency_key_is_answered_from_memory(till: Till) -> None:
    body = b'{"plan": "standard", "successUrl": "https://a.example/", "cancelUrl": "https://a.example/"}'
    headers = {"content-type": "application/json", "idempotency-key": "k-1"}

    first, again = (till.api.send("POST", "/billing/checkout", body, headers) for _ in range(2))

    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(till.bank.keys) == 1


def test_viewer_may_look_but_not_subscribe(office: Office, till: Till) -> None:
    viewer = office.hire(till.api, "viewer")

    assert viewer.post("/billing/checkout", {"plan": "starter", **PAGES}).status == 403
    assert viewer.post("/billing/portal").status == 403
    assert viewer.get("/billing/status").status == 200
    assert till.account is None


def test_prices_of_the_settings_are_asked_for_and_read_back(tmp_path: Path, clock: FrozenClock) -> None:
    prices = {"standard_monthly": "price_1A", "standard_annual": "price_1B_annual"}
    with running_bank(tmp_path, clock, billing={"prices": prices}) as office:
        till = till_of(office)

        session = till.checkout("standard", interval="annual").body["sessionId"]
        till.deliver(till.bank.complete(session))

        assert till.bank.checkout(session).price == "price_1B_annual"
        assert (till.status["plan"], till.status["interval"]) == ("standard", "annual")


def test_price_per_seat_asks_for_as_many_as_are_taken(tmp_path: Path, clock: FrozenClock) -> None:
    with running_bank(tmp_path, clock, billing={"per_seat": True}) as office:
        till = till_of(office)
        office.hire(till.api, "member")
        office.hire(till.api, "viewer", "vic@example.org")

        assert till.bank.checkout(till.checkout().body["sessionId"]).quantity == 2


def test_workspace_nobody_can_be_billed_for_is_told_so() -> None:
    with Kit.build({"rate_limit": "off", "providers": {"authentication": "test"}}, plugins=[TestAuthPlugin()]) as kit:
        from tests.features.calls import Api

        api = Api(kit, "admin-ws_a")
        answer = api.post("/billing/checkout", {"plan": "starter", **PAGES})
        assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")

        with kit.unit_of_work("ws_a") as unit:
            unit[Workspaces].create(name="Lind & Co")
            unit[Users].create_active(name="Bo", email="bo@example.org", role="admin")
        assert api.post("/billing/checkout", {"plan": "starter", **PAGES}).status == 200


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"prices": {"gold_monthly": "p"}}, "gold_monthly"),
        ({"prices": {"starter_monthly": ""}}, "id of a price"),
        ({"prices": {"starter_monthly": "p", "premium_annual": "p"}}, "one price for two plans"),
        ({"limits": {"gold": {"seats": 1}}}, "gold"),
        ({"limits": {"starter": {"deals": 1}}}, "seats, contacts, messages"),
        ({"limits": {"starter": {"seats": -1}}}, "from 0 up"),
        ({"limits": {"starter": {"seats": True}}}, "from 0 up"),
    ],
)
def test_wrong_settings_stop_the_start(section: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Kit.build({"billing": section})
