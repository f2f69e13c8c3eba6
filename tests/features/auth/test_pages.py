import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import Office, running_kit, user_id

NEW = "nine blue kettles"


@pytest.fixture
def token(office: Office) -> str:
    office.register()
    office.public.post("/auth/forgot-password", {"email": "ann@example.org"})
    return office.token_for("ann@example.org")


def test_reset_page_is_a_form_that_loads_nothing_and_leaks_no_address(office: Office, token: str) -> None:
    reply = office.page("GET", "/reset-password", query={"token": token})

    text = reply.body.decode()
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert '<form method="post" action="/reset-password">' in text
    assert f'name="token" value="{token}"' in text
    assert not re.search(r"<script|src=|href=|https?:", text)


def test_showing_the_page_does_not_use_the_token_up(office: Office, token: str) -> None:
    for _ in range(3):
        office.page("GET", "/reset-password", query={"token": token})

    assert office.public.post("/auth/reset-password", {"token": token, "password": NEW}).status == 200


@pytest.mark.parametrize("path", ["/reset-password", "/accept-invitation"])
@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "' onload='x", "</form><b>", "&lt;<i>"])
def test_token_is_shown_as_text_only(office: Office, path: str, hostile: str) -> None:
    for reply in (
        office.page("GET", path, query={"token": hostile}),
        office.page("POST", path, urlencode({"token": hostile, "password": NEW})),
    ):
        assert hostile.encode() not in reply.body
        assert b"<script" not in reply.body


def test_sent_form_sets_the_password_and_hands_no_session_to_the_page(office: Office, token: str) -> None:
    ann = office.session()

    reply = office.page("POST", "/reset-password", urlencode({"token": token, "password": NEW}))

    assert reply.status == 200
    assert b"Your new password is set" in reply.body
    assert b"eyJ" not in reply.body
    assert "Set-Cookie" not in reply.headers
    assert ann.get("/auth/me").status == 401
    assert office.log_in(password=NEW).status == 200


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"password": "short"}, b"at least 8 characters"),
        ({"password": "password1"}, b"choose another"),
        ({"password": "Ann Marsh"}, b"your own name"),
        ({}, b"required"),
        ({"password": NEW, "token": "made up"}, b"ask for a new one"),
        ({"password": NEW, "role": "admin"}, b"nknown field"),
    ],
)
def test_refused_form_is_shown_again_with_the_reason_and_changes_nothing(
    office: Office, token: str, fields: dict[str, str], shown: bytes
) -> None:
    reply = office.page("POST", "/reset-password", urlencode({"token": token, **fields}))

    assert reply.status == 422
    assert shown in reply.body
    assert b"<form" in reply.body
    assert office.log_in().status == 200
    assert office.page("POST", "/reset-password", urlencode({"token": token, "password": NEW})).status == 200


def test_invitation_is_accepted_by_its_page(office: Office) -> None:
    ann = office.register()
    ann.post("/users/invite", {"email": "bob@example.org", "role": "member"})
    form = {"token": office.token_for("bob@example.org"), "password": NEW, "name": "Bob Stone"}

    reply = office.page("POST", "/accept-invitation", urlencode(form))

    assert reply.status == 200
    bob = office.session("bob@example.org", NEW)
    shown = ann.get(f"/users/{user_id(bob)}").body["data"]
    assert (shown["name"], shown["status"], shown["role"]) == ("Bob Stone", "active", "member")


def test_empty_name_keeps_the_one_of_the_invitation(office: Office) -> None:
    office.register().post("/users/invite", {"email": "bob@example.org", "role": "member", "name": "Bob"})
    form = {"token": office.token_for("bob@example.org"), "password": NEW, "name": ""}

    assert office.page("POST", "/accept-invitation", urlencode(form)).status == 200
    assert office.log_in("bob@example.org", NEW).body["user"]["name"] == "Bob"


@pytest.mark.parametrize("body", ["token=%FF&password=x", "&".join(f"a{n}=1" for n in range(11)), "token=caf\u00e9"])
def test_unreadable_form_is_400(office: Office, body: str) -> None:
    assert office.page("POST", "/reset-password", body).status == 400


def test_form_bodies_are_taken_by_the_pages_only(office: Office) -> None:
    office.register()
    form = urlencode({"email": "ann@example.org", "password": NEW}).encode()

    reply = office.public.send("POST", "/auth/login", form, {"content-type": "application/x-www-form-urlencoded"})

    assert reply.status == 415


def test_guessing_by_the_page_is_limited_per_client_address(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"address_limit": "2/minute"}) as kit:
        form = urlencode({"token": "guessed", "password": NEW})
        replies = [Office(kit).page("POST", "/reset-password", form) for _ in range(3)]

    assert [reply.status for reply in replies] == [422, 422, 429]
    assert int(replies[-1].headers["Retry-After"]) > 0
    assert b"Too many attempts" in replies[-1].body
