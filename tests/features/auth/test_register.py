import datetime as dt
import threading
from pathlib import Path

import msgspec
import pytest

from conduyt_kit import Actor
from conduyt_kit.features.auth.accounts import Accounts
from conduyt_kit.features.auth.registrations import hold_address
from conduyt_kit.features.users import users_of_address
from conduyt_kit.features.workspaces import all_workspaces, founding_unit
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Request
from conduyt_kit.kernel.errors import PermissionDenied
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from tests.features.accounts import PASSWORD, Office, running_kit, user_id, workspace_id

ACCOUNT = {"name": "Ann Marsh", "email": "ann@example.org", "password": PASSWORD, "workspaceName": "Marsh & Co"}


def test_registrant_becomes_admin_of_a_new_workspace(office: Office) -> None:
    status, body = office.public.post("/auth/register", ACCOUNT)

    assert status == 201
    assert list(body) == ["token", "user", "workspace"]
    assert body["token"].startswith("eyJ")
    assert body["user"] == {"id": body["user"]["id"], "name": "Ann Marsh", "email": "ann@example.org", "role": "admin"}
    assert body["workspace"] == {"id": body["workspace"]["id"], "name": "Marsh & Co", "plan": "starter", "memberCount": 1}
    assert body["user"]["id"].startswith("usr_")
    assert body["workspace"]["id"].startswith("ws_")


def test_registration_is_logged_as_done_by_the_registrant(office: Office) -> None:
    ann = office.register()

    entries = ann.get("/activities").body["data"]

    assert {(e["entityType"], e["action"]) for e in entries} == {("workspace", "created"), ("user", "created"), ("user", "login")}
    assert {(e["userId"], e["userName"]) for e in entries} == {(user_id(ann), "Ann Marsh")}


@pytest.mark.parametrize("email", ["ann@example.org", "ANN@example.org", " Ann@EXAMPLE.ORG "])
def test_address_of_an_active_user_anywhere_is_refused(office: Office, email: str) -> None:
    office.register()

    status, body = office.public.post("/auth/register", {**ACCOUNT, "email": email})

    assert status == 422
    assert [detail["field"] for detail in body["error"]["details"]] == ["email"]
    assert len(all_workspaces(office.kit.environment)) == 1


def test_one_address_registered_eight_times_at_once_makes_one_account(office: Office) -> None:
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def register(number: int) -> None:
        request = Request(
            method="POST",
            target="/api/v1/auth/register",
            headers={"content-type": "application/json"},
            body=msgspec.json.encode(ACCOUNT),
            id=f"req_{number}",
        )
        barrier.wait()
        statuses.append(office.kit.responders["POST", "/api/v1/auth/register"](request).status)

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [422] * 7
    assert len(all_workspaces(office.kit.environment)) == 1


def test_address_held_by_a_request_that_failed_is_free_a_moment_later(office: Office, clock: FrozenClock) -> None:
    hold_address(office.kit.environment, "ann@example.org", "req_that_crashed")
    assert office.public.post("/auth/register", ACCOUNT).status == 422

    clock.advance(dt.timedelta(seconds=15))

    assert office.public.post("/auth/register", ACCOUNT).status == 201


def test_address_that_is_only_invited_somewhere_may_register(office: Office) -> None:
    office.register().post("/users/invite", {"email": "bob@example.org", "role": "member"})

    status, body = office.public.post("/auth/register", {**ACCOUNT, "email": "bob@example.org"})

    assert status == 201
    assert body["user"]["role"] == "admin"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "seven77"),
        ("password", "password1"),
        ("password", "PassWord1"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "ann@example.org"),
        ("password", "Ann  Marsh"),
        ("password", "x1" * 513),
        ("password", "e\u0301" * 7),
        ("password", 12345678),
        ("email", "not an address"),
        ("name", "  "),
        ("workspaceName", ""),
        ("role", "admin"),
        ("isAdmin", True),
        ("id", "usr_mine"),
        ("plan", "enterprise"),
    ],
)
def test_unfit_registration_is_refused_on_its_field_and_makes_nothing(office: Office, field: str, value: object) -> None:
    status, body = office.public.post("/auth/register", {**ACCOUNT, field: value})

    assert status == 422
    assert [detail["field"] for detail in body["error"]["details"]] == [field]
    assert all_workspaces(office.kit.environment) == ()


@pytest.mark.parametrize("password", ["eight888", "p" * 63 + "q!", "пароль-на-кириллице", "x1y" * 341, "with  spaces "])
def test_long_enough_passwords_of_any_composition_are_taken(office: Office, password: str) -> None:
    status, _ = office.public.post("/auth/register", {**ACCOUNT, "password": password})

    assert status == 201
    assert office.log_in(password=password).status == 200
    assert office.log_in(password=password[:-1]).status == 401


def test_password_typed_in_another_unicode_form_is_the_same(office: Office) -> None:
    office.public.post("/auth/register", {**ACCOUNT, "password": "caf\u00e9 cr\u00e8me"})

    assert office.log_in(password="cafe\u0301 cre\u0300me").status == 200


def test_too_long_password_is_refused_before_it_is_hashed(office: Office) -> None:
    office.register()
    before = office.passwords.work

    assert office.log_in(password="x" * 100_000).status == 401
    assert office.public.post("/auth/register", {**ACCOUNT, "email": "b@example.org", "password": "x1y" * 342}).status == 422
    assert office.passwords.work == before


def test_registration_can_be_closed(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"registration": "closed"}) as kit:
        status, body = Office(kit).public.post("/auth/register", ACCOUNT)

        assert status == 403
        assert body["error"]["code"] == "permission_denied"
        assert "auth.registration" in body["error"]["message"]
        assert all_workspaces(kit.environment) == ()


def test_registration_for_the_first_comer_closes_after_them(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"registration": "first"}) as kit:
        office = Office(kit)
        ann = office.register()

        status, body = office.public.post("/auth/register", {**ACCOUNT, "email": "bob@example.org"})

        assert status == 403
        assert body["error"]["code"] == "permission_denied"
        assert [w.id for w in all_workspaces(kit.environment)] == [workspace_id(ann)]


def test_of_two_first_comers_at_once_one_is_refused(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"registration": "first"}) as kit:
        outcome: list[str] = []

        def register(email: str) -> UnitOfWork:
            units: list[UnitOfWork] = []

            def open_(workspace: str, *, actor: Actor) -> UnitOfWork:
                units.append(founding_unit(kit.environment, workspace=workspace, actor=actor))
                return units[0]

            try:
                Accounts(kit.environment, open_).register(
                    name="Somebody", email=email, password=PASSWORD, workspace_name=email, request=email
                )
            except PermissionDenied:
                outcome.append(email)
                units[0].rollback()
            return units[0]

        first = register("ann@example.org")
        other = threading.Thread(target=register, args=("bob@example.org",))
        other.start()
        # Long enough for the other to finish if nothing holds it back.
        other.join(0.3)
        first.commit()
        other.join()

        assert outcome == ["bob@example.org"]
        assert [workspace.name for workspace in all_workspaces(kit.environment)] == ["ann@example.org"]
        assert users_of_address(kit.environment, "bob@example.org") == ()


def test_registrations_are_limited_per_address(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"registration_limit": "2/minute"}) as kit:
        office = Office(kit)
        answers = [office.public.post("/auth/register", {**ACCOUNT, "email": f"{n}@example.org"}).status for n in range(3)]

        assert answers == [201, 201, 429]
        assert len(all_workspaces(kit.environment)) == 2
