import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Reply
from conduyt_kit.ports.plan_limits import PLAN_LIMITS, PlanLimitReached
from tests.features.accounts import PASSWORD, Office
from tests.features.billing.till import Till, running_bank, till_of
from tests.features.calls import Api
from tests.features.sales import add_contact

LIMITS = {"starter": {"contacts": 2, "seats": 2, "messages": 1}, "standard": {"contacts": 4}}


@pytest.fixture
def office(tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    with running_bank(tmp_path, clock, billing={"limits": LIMITS}) as office:
        yield office


@pytest.fixture
def till(office: Office) -> Till:
    return till_of(office)


def post(api: Api, path: str, body: dict[str, Any]) -> Reply:
    return api.send("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})


def contacts(till: Till) -> int:
    total = till.api.get("/contacts").body["meta"]["total"]
    assert isinstance(total, int)
    return total


def test_contact_beyond_the_limit_is_refused_with_a_sentence_and_a_header(till: Till) -> None:
    add_contact(till.api)
    add_contact(till.api)

    reply = post(till.api, "/contacts", {"firstName": "One", "lastName": "More", "tags": ["new"]})

    assert (reply.status, reply.headers["X-Plan-Limit"]) == (409, "contacts=2")
    assert json.loads(reply.body)["error"] == {
        "code": "conflict",
        "message": "The plan 'starter' includes 2 contacts, and no more can be added; remove some or choose a larger plan",
    }
    assert (contacts(till), till.api.get("/tags").body["data"]) == (2, [])


def test_room_comes_back_with_a_deletion(till: Till) -> None:
    ids = [add_contact(till.api)["id"] for _ in range(2)]
    till.api.delete(f"/contacts/{ids[0]}")

    assert post(till.api, "/contacts", {"firstName": "A", "lastName": "B"}).status == 201
    assert post(till.api, "/contacts", {"firstName": "A", "lastName": "B"}).status == 409


def test_larger_plan_has_more_room_and_its_end_takes_nothing_away(till: Till) -> None:
    customer = till.subscribe("standard")
    for _ in range(4):
        add_contact(till.api)
    assert post(till.api, "/contacts", {"firstName": "A", "lastName": "B"}).headers["X-Plan-Limit"] == "contacts=4"

    till.deliver(till.bank.change(customer, status="canceled"))

    assert contacts(till) == 4
    assert post(till.api, "/contacts", {"firstName": "A", "lastName": "B"}).headers["X-Plan-Limit"] == "contacts=2"


def test_plan_that_names_no_limit_has_none(till: Till) -> None:
    till.subscribe("premium")

    for _ in range(6):
        add_contact(till.api)

    assert contacts(till) == 6


def test_limit_is_each_workspaces_own(office: Office, till: Till) -> None:
    other = till_of(office, name="Bo Lind", email="bo@example.org", workspace="Lind & Co")
    for each in (till, other):
        add_contact(each.api)
        add_contact(each.api)

    assert (contacts(till), contacts(other)) == (2, 2)


def test_import_fills_what_is_left_and_names_the_rows_that_did_not_fit(till: Till) -> None:
    add_contact(till.api, email="mira@example.org")
    rows = [
        {"firstName": "A", "lastName": "B"},
        {"firstName": "C", "lastName": "D"},
        {"firstName": "Mira", "lastName": "Kim", "email": "mira@example.org"},
    ]

    accepted = till.api.post("/contacts/import", {"contacts": rows}).body

    done = till.api.get(f"/contacts/import/{accepted['importId']}").body
    assert (done["status"], done["created"], done["updated"], done["errors"]) == ("completed", 1, 1, 1)
    assert [(error["row"], error["message"]) for error in done["errorDetails"]] == [(2, "The plan allows no more contacts")]
    assert contacts(till) == 2


def test_invitation_without_a_seat_is_refused_and_a_viewers_is_not(office: Office, till: Till) -> None:
    office.hire(till.api, "member")

    refused = post(till.api, "/users/invite", {"email": "c@example.org", "role": "member"})

    assert (refused.status, refused.headers["X-Plan-Limit"]) == (409, "seats=2")
    assert post(till.api, "/users/invite", {"email": "d@example.org", "role": "viewer"}).status == 201
    assert sorted(user["email"] for user in till.api.get("/users").body["data"]) == ["ann@example.org", "bob@example.org", "d@example.org"]
    assert not [mail for mail in office.mails if mail.to == "c@example.org"]


def test_of_two_invited_for_one_seat_the_second_cannot_accept(office: Office, till: Till) -> None:
    for name in ("b", "c"):
        assert till.api.post("/users/invite", {"email": f"{name}@example.org", "role": "member"}).status == 201
    accept = "/auth/accept-invitation"

    first, second = (
        office.public.post(accept, {"token": office.token_for(f"{name}@example.org"), "password": PASSWORD}) for name in ("b", "c")
    )

    assert (first.status, second.status) == (200, 409)
    assert till.status["seats"] == {"used": 2, "included": 2}
    # The link still works once there is room.
    till.subscribe("premium")
    assert office.public.post(accept, {"token": office.token_for("c@example.org"), "password": PASSWORD}).status == 200


def test_viewer_becomes_a_member_only_where_a_seat_is_free(office: Office, till: Till) -> None:
    office.hire(till.api, "viewer")
    office.hire(till.api, "member", "c@example.org")
    viewer = next(user["id"] for user in till.api.get("/users").body["data"] if user["role"] == "viewer")

    assert till.api.patch(f"/users/{viewer}", {"role": "member"}).status == 409
    assert till.api.patch(f"/users/{viewer}", {"name": "Robert"}).status == 200
    assert till.api.get(f"/users/{viewer}").body["data"]["role"] == "viewer"


def test_messages_of_the_month_are_limited_for_whoever_asks(till: Till) -> None:
    contact = add_contact(till.api)["id"]
    limits = till.kit.provider(PLAN_LIMITS)
    with till.kit.unit_of_work(till.workspace) as unit:
        assert limits.room(unit, "messages") == 1
        limits.check(unit, "messages")
        messages = unit.repository_named("message")
        assert messages is not None
        sms: dict[str, Any] = {
            "channel": "sms",
            "direction": "outbound",
            "status": "queued",
            "body": "x",
            "address": "a",
            "address_key": "a",
        }
        messages.create(contact_id=contact, **sms)
        with pytest.raises(PlanLimitReached, match="1 messages"):
            limits.check(unit, "messages")
        assert limits.room(unit, "messages") == 0


def test_batch_larger_than_the_room_is_refused_whole(till: Till) -> None:
    with till.kit.unit_of_work(till.workspace) as unit:
        till.kit.provider(PLAN_LIMITS).check(unit, "contacts", adding=2)
        with pytest.raises(PlanLimitReached):
            till.kit.provider(PLAN_LIMITS).check(unit, "contacts", adding=3)


def test_nothing_is_limited_unless_configured(tmp_path: Path, clock: FrozenClock) -> None:
    with running_bank(tmp_path, clock) as office:
        till = till_of(office)
        for _ in range(4):
            add_contact(till.api)
        for number in range(4):
            office.hire(till.api, "member", f"m{number}@example.org")

        assert till.kit.provider_name(PLAN_LIMITS) == "none"
        assert till.status["seats"] == {"used": 5, "included": 3}


@pytest.mark.parametrize(
    ("section", "used"), [({}, 2), ({"seat_roles": ["admin", "member", "viewer"]}, 3), ({"seats_for_invited": True}, 3)]
)
def test_who_takes_a_seat_is_configurable(tmp_path: Path, clock: FrozenClock, section: dict[str, Any], used: int) -> None:
    with running_bank(tmp_path, clock, users=section) as office:
        till = till_of(office)
        office.hire(till.api, "member")
        office.hire(till.api, "viewer", "v@example.org")
        till.api.post("/users/invite", {"email": "new@example.org", "role": "member"})

        assert till.status["seats"]["used"] == used
