import datetime as dt
from pathlib import Path

import argon2
import pytest

from conduyt_kit.features.users import USER
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.query import where
from tests.features.accounts import PASSWORD, Office, running_kit, user_id, workspace_id
from tests.features.calls import Api


def test_login_answers_with_a_token_and_the_user(office: Office) -> None:
    ann = office.register()

    status, body = office.log_in()

    assert status == 200
    assert body == {
        "token": body["token"],
        "user": {"id": user_id(ann), "name": "Ann Marsh", "email": "ann@example.org", "role": "admin"},
    }
    assert Api(office.kit, body["token"]).get("/auth/me").status == 200


def test_address_is_compared_case_insensitively(office: Office) -> None:
    office.register()

    assert office.log_in("ANN@Example.org").status == 200


def test_login_is_logged_and_moves_last_active(office: Office, clock: FrozenClock) -> None:
    ann = office.register()
    clock.advance(dt.timedelta(hours=3))

    office.session()

    entry = ann.get("/activities?action=login").body["data"][0]
    assert (entry["entityType"], entry["entityId"], entry["userId"]) == ("user", user_id(ann), user_id(ann))
    assert (entry["timestamp"], entry["changes"]) == ("2026-03-15T13:30:00Z", None)
    assert ann.get(f"/users/{user_id(ann)}").body["data"]["lastActiveAt"] == "2026-03-15T13:30:00Z"


def test_unknown_address_and_wrong_password_answer_in_the_same_bytes(office: Office) -> None:
    office.register()

    wrong, unknown, invited = (
        office.public.send("POST", "/auth/login", body, {"content-type": "application/json"})
        for body in (
            b'{"email":"ann@example.org","password":"seven red bottles"}',
            b'{"email":"eve@example.org","password":"seven red bottles"}',
            b'{"email":"no address","password":"seven red bottles"}',
        )
    )

    assert wrong.status == 401
    assert wrong.body == b'{"error":{"code":"unauthenticated","message":"Invalid credentials"}}'
    assert (unknown.status, unknown.body, unknown.headers) == (wrong.status, wrong.body, wrong.headers)
    assert (invited.status, invited.body, invited.headers) == (wrong.status, wrong.body, wrong.headers)


@pytest.mark.parametrize("email", ["ann@example.org", "eve@example.org", "invited@example.org"])
def test_every_refused_login_costs_one_hash(office: Office, email: str) -> None:
    office.register().post("/users/invite", {"email": "invited@example.org", "role": "admin"})
    before = office.passwords.work

    assert office.log_in(email, "seven red bottles").status == 401
    assert office.passwords.work == before + 1


def test_invited_user_cannot_log_in(office: Office) -> None:
    office.register().post("/users/invite", {"email": "bob@example.org", "role": "admin"})

    assert office.log_in("bob@example.org", "").status == 401
    assert office.log_in("bob@example.org").status == 401


class TestAddressInSeveralWorkspaces:
    @pytest.fixture
    def places(self, office: Office, clock: FrozenClock) -> dict[str, str]:
        ann = office.register()
        other = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
        clock.advance(dt.timedelta(minutes=1))
        other.post("/users/invite", {"email": "ann@example.org", "role": "viewer", "name": "Ann M."})
        token = office.token_for("ann@example.org")
        office.public.post("/auth/accept-invitation", {"token": token, "password": "nine blue kettles"})
        return {"marsh": workspace_id(ann), "ray": workspace_id(other)}

    def test_password_decides(self, office: Office, places: dict[str, str]) -> None:
        assert office.log_in(password=PASSWORD).body["user"]["role"] == "admin"
        assert office.log_in(password="nine blue kettles").body["user"]["role"] == "viewer"

    def test_of_several_matches_the_last_active_one_is_taken(self, office: Office, places: dict[str, str], clock: FrozenClock) -> None:
        ray = office.session(password="nine blue kettles")
        changed = ray.patch("/auth/me", {"password": PASSWORD, "currentPassword": "nine blue kettles"})
        assert changed.status == 200
        assert office.log_in().body["user"]["role"] == "viewer"

        clock.advance(dt.timedelta(minutes=1))
        assert office.log_in(workspaceId=places["marsh"]).body["user"]["role"] == "admin"
        assert office.log_in().body["user"]["role"] == "admin"

    def test_workspace_may_be_chosen(self, office: Office, places: dict[str, str]) -> None:
        assert office.log_in(password="nine blue kettles", workspaceId=places["ray"]).status == 200
        assert office.log_in(password="nine blue kettles", workspaceId=places["marsh"]).status == 401
        assert office.log_in(workspaceId="ws_nowhere").status == 401


def test_outdated_hash_is_renewed_at_login(office: Office) -> None:
    ann = office.register()
    other = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with office.kit.unit_of_work(workspace_id(ann)) as unit:
        unit.repository(USER).update_where(where(id=user_id(ann)), password_hash=other)

    assert office.log_in().status == 200

    with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
        renewed = unit.repository(USER).get(user_id(ann)).password_hash
    assert renewed != other
    assert office.log_in().status == 200


def test_logins_are_limited_per_account_before_hashing(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"login_limit": "3/minute"}) as kit:
        office = Office(kit)
        office.register()
        answers = [office.log_in(password="seven red bottles").status for _ in range(3)]
        before = office.passwords.work

        limited = office.public.send(
            "POST", "/auth/login", b'{"email":"Ann@example.org","password":"seven green bottles"}', {"content-type": "application/json"}
        )

        assert answers == [401, 401, 401]
        assert limited.status == 429
        assert int(limited.headers["Retry-After"]) > 0
        assert office.passwords.work == before
        assert office.log_in("eve@example.org").status == 401


def test_logins_are_limited_per_client_address(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"address_limit": "3/minute"}) as kit:
        office = Office(kit)
        answers = [office.log_in(f"{n}@example.org").status for n in range(4)]

        assert answers == [401, 401, 401, 429]
