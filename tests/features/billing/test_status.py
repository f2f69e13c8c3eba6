import datetime as dt

from conduyt_kit.defaults.fake_billing import PERIODS
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Temporary
from tests.features.accounts import Office
from tests.features.billing.till import Till
from tests.features.conftest import NOW
from tests.features.sales import add_contact


def stamp(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_workspace_that_pays_nothing_is_on_the_smallest_plan(till: Till) -> None:
    assert till.status == {
        "plan": "starter",
        "status": "none",
        "interval": None,
        "currentPeriodEnd": None,
        "seats": {"used": 1, "included": 3},
        "usage": {"contacts": 0, "smsMessages": 0, "emailMessages": 0},
    }


def test_status_shows_the_subscription_seats_and_usage(office: Office, till: Till) -> None:
    office.hire(till.api, "member")
    office.hire(till.api, "viewer", "vic@example.org")
    till.api.post("/users/invite", {"email": "new@example.org", "role": "member"})
    for _ in range(3):
        add_contact(till.api)

    till.subscribe("standard", interval="annual")

    assert till.status == {
        "plan": "standard",
        "status": "active",
        "interval": "annual",
        "currentPeriodEnd": stamp(NOW + PERIODS["annual"]),
        "seats": {"used": 2, "included": 10},
        "usage": {"contacts": 3, "smsMessages": 0, "emailMessages": 0},
    }
    assert till.api.get("/auth/me").body["workspace"]["plan"] == "standard"


def test_renewal_nobody_told_of_is_looked_up(till: Till, clock: FrozenClock) -> None:
    till.subscribe()
    clock.advance(PERIODS["monthly"] + dt.timedelta(hours=1))

    # Sessions last 14 days.
    till.api = Office(till.kit).session()

    assert till.status["currentPeriodEnd"] == stamp(NOW + 2 * PERIODS["monthly"])
    assert till.account is not None
    assert till.account.current_period_end == NOW + 2 * PERIODS["monthly"]


def test_status_is_answered_while_the_provider_is_down(till: Till, clock: FrozenClock) -> None:
    till.subscribe()
    clock.advance(PERIODS["monthly"] + dt.timedelta(hours=1))
    till.api = Office(till.kit).session()
    till.bank.fail_with(Temporary("down", "fake"))

    assert (till.status["status"], till.status["currentPeriodEnd"]) == ("active", stamp(NOW + PERIODS["monthly"]))


def test_status_asks_the_provider_nothing_within_the_period(till: Till) -> None:
    till.subscribe()
    till.bank.fail_with(Temporary("down", "fake"))

    assert till.status["status"] == "active"


def test_messages_of_this_month_are_counted_by_channel(till: Till, clock: FrozenClock) -> None:
    contact = add_contact(till.api)["id"]
    with till.kit.unit_of_work(till.workspace) as unit:
        messages = unit.repository_named("message")
        assert messages is not None
        usual = {"contact_id": contact, "body": "x", "status": "sent", "address": "a", "address_key": "a"}
        for channel, direction, at in (
            ("sms", "outbound", NOW),
            ("sms", "outbound", NOW.replace(day=1, hour=0, minute=0)),
            ("sms", "inbound", NOW),
            ("email", "outbound", NOW),
            ("email", "outbound", NOW.replace(day=1) - dt.timedelta(days=1)),
        ):
            messages.create(channel=channel, direction=direction, created_at=at, **usual)

    assert till.status["usage"] == {"contacts": 1, "smsMessages": 2, "emailMessages": 1}


def test_portal_has_an_address_before_and_after_subscribing(till: Till) -> None:
    before = till.api.post("/billing/portal")
    till.subscribe()
    after = till.api.post("/billing/portal")

    for answer in (before, after):
        assert answer.status == 200
        assert list(answer.body) == ["portalUrl"]
        assert answer.body["portalUrl"].startswith("https://crm.example.org/fake-billing/portal/bps_fake_")
    assert before.body != after.body
    assert len({customer.reference for customer in till.bank.asked}) == 1


def test_other_workspace_sees_nothing_of_it(office: Office, till: Till) -> None:
    till.subscribe("premium")
    other = Till(office.kit, office.register("Bo Lind", "bo@example.org", "Lind & Co"), "")

    assert (other.status["plan"], other.status["status"]) == ("starter", "none")
