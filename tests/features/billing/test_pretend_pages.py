import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.fake_billing import PERIODS
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.billing.pretend_pages import CHECKOUT_PATH, PORTAL_PATH
from conduyt_kit.kernel.endpoints import Request
from conduyt_kit.ports.billing import BILLING
from tests.features.billing.test_payment_links import link, sent_invoice, session_of, state
from tests.features.billing.till import Till

FORM = {"content-type": "application/x-www-form-urlencoded"}


def portal(till: Till) -> str:
    url = till.api.post("/billing/portal").body["portalUrl"]
    assert isinstance(url, str)
    return url.rpartition("/")[2]


def test_whole_way_from_checkout_to_subscription_works_in_a_browser(till: Till) -> None:
    answer = till.checkout("premium", successUrl="https://shop.example/paid?session={CHECKOUT_SESSION_ID}")
    session = answer.body["sessionId"]
    shown = till.page("GET", CHECKOUT_PATH, session)
    text = shown.body.decode()

    assert (shown.status, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "no money is taken" in text
    assert "premium, monthly" in text
    assert f'action="/fake-billing/checkout/{session}"' in text
    assert "<script" not in text

    paid = till.page("POST", CHECKOUT_PATH, session, "action=pay")

    assert (paid.status, paid.headers["Location"]) == (303, f"https://shop.example/paid?session={session}")
    assert (till.status["plan"], till.status["status"]) == ("premium", "active")


def test_invoice_is_paid_on_the_page(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))
    shown = till.page("GET", CHECKOUT_PATH, session).body.decode()

    paid = till.page("POST", CHECKOUT_PATH, session, "action=pay")

    assert "Invoice INV-001" in shown
    assert "100.00 USD" in shown
    assert state(till, invoice) == ("paid", 100, [100])
    assert till.visit(paid.headers["Location"]).headers["Location"].startswith("https://crm.example.org/i/")
    assert state(till, invoice) == ("paid", 100, [100])


def test_second_click_pays_nothing_more(till: Till) -> None:
    invoice = sent_invoice(till)
    session = session_of(link(till, invoice))

    replies = [till.page("POST", CHECKOUT_PATH, session, "action=pay") for _ in range(3)]

    assert [reply.status for reply in replies] == [303, 303, 303]
    assert state(till, invoice) == ("paid", 100, [100])
    assert "This checkout is complete" in till.page("GET", CHECKOUT_PATH, session).body.decode()


def test_lapsed_checkout_cannot_be_paid(till: Till) -> None:
    session = till.checkout().body["sessionId"]
    till.bank.expire(session)

    reply = till.page("POST", CHECKOUT_PATH, session, "action=pay")

    assert (reply.status, till.status["status"]) == (409, "none")
    assert "This checkout is expired" in reply.body.decode()


@pytest.mark.parametrize("form", ["", "action=steal", "pay=action"])
def test_form_that_asks_for_nothing_known_changes_nothing(till: Till, form: str) -> None:
    session = till.checkout().body["sessionId"]

    assert till.page("POST", CHECKOUT_PATH, session, form).status == 400
    assert till.page("POST", PORTAL_PATH, portal(till), form).status == 400
    assert till.status["status"] == "none"


@pytest.mark.parametrize("path", [CHECKOUT_PATH, PORTAL_PATH])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_page_of_nothing_is_not_found(till: Till, method: str, path: str) -> None:
    reply = till.page(method, path, "<script>alert(1)</script>", "action=pay")

    assert reply.status == 404
    assert b"<script" not in reply.body


def test_everything_on_the_pages_is_escaped(till: Till) -> None:
    attack = 'https://shop.example/"><script>alert(1)</script>'
    session = till.checkout(successUrl=attack, cancelUrl=attack).body["sessionId"]

    shown = till.page("GET", CHECKOUT_PATH, session).body.decode()
    paid = till.page("POST", CHECKOUT_PATH, session, "action=pay")

    assert "<script" not in shown
    assert "&quot;&gt;&lt;script&gt;" in shown
    assert "default-src 'none'" in paid.headers["Content-Security-Policy"]
    assert paid.headers["Location"] == "https://shop.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E"


def test_portal_plays_failing_paying_cancelling_and_the_passing_of_time(till: Till) -> None:
    till.subscribe("standard")
    visit = portal(till)

    def act(action: str) -> tuple[str, str]:
        reply = till.page("POST", PORTAL_PATH, visit, f"action={action}")
        assert (reply.status, reply.headers["Location"]) == (303, f"/fake-billing/portal/{visit}")
        return till.status["status"], till.status["plan"]

    first = till.status["currentPeriodEnd"]
    assert act("fail") == ("past_due", "standard")
    assert act("pay") == ("active", "standard")
    assert act("wait") == ("active", "standard")
    moved = dt.datetime.fromisoformat(till.status["currentPeriodEnd"]) - dt.datetime.fromisoformat(first)
    assert moved == PERIODS["monthly"]
    assert act("cancel") == ("active", "standard")
    assert "Ends on" in till.page("GET", PORTAL_PATH, visit).body.decode()
    assert act("keep") == ("active", "standard")
    assert act("cancel") == ("active", "standard")
    assert act("wait") == ("canceled", "starter")
    assert "There is no subscription" in till.page("GET", PORTAL_PATH, visit).body.decode()


class OtherBillingPlugin(KitPlugin):
    name: ClassVar[str] = "other-billing"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=BILLING, name="other", make=lambda _: object())]


@pytest.mark.parametrize("path", [CHECKOUT_PATH, PORTAL_PATH])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_are_not_there_with_another_provider(method: str, path: str) -> None:
    with Kit.build({"rate_limit": "off"}, plugins=[OtherBillingPlugin()]) as kit:
        request = Request(method=method, target=path, path={"session": "x"}, headers=FORM, body=b"action=pay")
        reply = kit.responders[method, path](request)

        assert reply.status == 404
