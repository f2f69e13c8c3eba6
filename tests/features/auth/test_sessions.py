import datetime as dt
from pathlib import Path
from typing import Any

import jwt
import pytest

from conduyt_kit.features.auth import SESSION
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.query import EVERYTHING
from tests.features.accounts import PASSWORD, Office, running_kit, user_id, workspace_id
from tests.features.calls import Api


def test_me_shows_user_and_workspace(office: Office) -> None:
    ann = office.register()
    office.hire(ann, "viewer")

    status, body = ann.get("/auth/me")

    assert status == 200
    assert body == {
        "user": {"id": user_id(ann), "name": "Ann Marsh", "email": "ann@example.org", "role": "admin"},
        "workspace": {"id": workspace_id(ann), "name": "Marsh & Co", "plan": "starter", "memberCount": 2},
    }


def test_logout_ends_only_the_session_used(office: Office) -> None:
    first = office.register()
    second = office.session()

    assert first.post("/auth/logout").status == 204
    assert first.get("/auth/me").status == 401
    assert first.post("/auth/logout").status == 401
    assert second.get("/auth/me").status == 200


def test_logout_with_an_api_key_is_refused(office: Office) -> None:
    key = office.key(office.register())

    status, body = key.post("/auth/logout")

    assert (status, body["error"]["code"]) == (403, "permission_denied")
    assert key.get("/auth/me").status == 200


def test_session_ends_when_its_time_is_over(office: Office, clock: FrozenClock) -> None:
    ann = office.register()
    clock.advance(dt.timedelta(days=14) - dt.timedelta(seconds=1))
    assert office.session().get("/auth/me").status == 200
    fresh = Api(office.kit, ann.token)

    clock.advance(dt.timedelta(seconds=1))
    status, body = fresh.get("/auth/me")

    assert (status, body["error"]["code"]) == (401, "unauthenticated")


def test_token_carries_the_documented_claims_and_its_id_is_not_in_the_database(office: Office) -> None:
    ann = office.register()

    claims = jwt.decode(ann.token, options={"verify_signature": False})

    assert set(claims) == {"iss", "sub", "ws", "jti", "iat", "exp"}
    assert (claims["sub"], claims["ws"], claims["iss"]) == (user_id(ann), workspace_id(ann), "conduyt")
    with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
        (row,) = unit.repository(SESSION).all(EVERYTHING)
    assert claims["jti"] not in repr(row)


def _forged(token: str, key: str, **changes: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, key, algorithm="HS256")


def test_forged_tokens_are_refused(office: Office) -> None:
    ann = office.register()
    other = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    claims = jwt.decode(ann.token, options={"verify_signature": False})
    secret = office.kit.secret_key
    forged = [
        _forged(ann.token, "x" * 64),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, secret, algorithm="HS512"),
        _forged(ann.token, secret, jti="another"),
        _forged(ann.token, secret, sub=user_id(other)),
        _forged(ann.token, secret, ws=workspace_id(other)),
        _forged(ann.token, secret, iss="somebody"),
        ann.token[:-2],
        ann.token + "x",
        "eyJ",
        "a.b.c",
        "cdy_",
        "cdy_" + "x" * 5000,
        "ключ",
        "null",
    ]

    answers = [Api(office.kit, token).get("/auth/me") for token in forged]

    assert [(a.status, a.body["error"]["code"]) for a in answers] == [(401, "unauthenticated")] * len(forged)
    assert Api(office.kit, _forged(ann.token, secret)).get("/auth/me").status == 200


class TestOwnAccount:
    def test_name_may_be_changed_by_anybody(self, office: Office) -> None:
        bob = office.hire(office.register(), "viewer")

        status, body = bob.patch("/auth/me", {"name": "Robert Stone"})

        assert status == 200
        assert body["user"]["name"] == "Robert Stone"
        assert bob.get("/auth/me").body == body

    def test_new_password_ends_the_other_sessions_and_pending_resets(self, office: Office) -> None:
        first = office.register()
        second = office.session()
        key = office.key(first)
        office.public.post("/auth/forgot-password", {"email": "ann@example.org"})

        status, _ = second.patch("/auth/me", {"password": "nine blue kettles", "currentPassword": PASSWORD})

        assert status == 200
        assert first.get("/auth/me").status == 401
        assert second.get("/auth/me").status == 200
        assert key.get("/auth/me").status == 200
        assert office.log_in().status == 401
        assert office.log_in(password="nine blue kettles").status == 200
        reset = {"token": office.token_for("ann@example.org"), "password": "ten brown jugs"}
        assert office.public.post("/auth/reset-password", reset).status == 422

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"password": "nine blue kettles"}, "currentPassword"),
            ({"password": "nine blue kettles", "currentPassword": "wrong"}, "currentPassword"),
            ({"password": "short", "currentPassword": PASSWORD}, "password"),
            ({"password": "ann@example.org", "currentPassword": PASSWORD}, "password"),
            ({"password": "Robert Stone", "name": "Robert Stone", "currentPassword": PASSWORD}, "password"),
            ({"name": None}, "name"),
            ({"status": "active"}, "status"),
            ({"passwordHash": "x"}, "passwordHash"),
        ],
    )
    def test_unfit_change_is_refused_and_changes_nothing(self, office: Office, body: dict[str, Any], field: str) -> None:
        ann = office.register()
        before = ann.get("/auth/me").body

        status, answer = ann.patch("/auth/me", body)

        assert status == 422
        assert [detail["field"] for detail in answer["error"]["details"]] == [field]
        assert ann.get("/auth/me").body == before
        assert office.log_in().status == 200

    def test_role_sent_along_is_ignored(self, office: Office) -> None:
        bob = office.hire(office.register(), "viewer")

        status, body = bob.patch("/auth/me", {**bob.get("/auth/me").body["user"], "role": "admin", "name": "Bo"})

        assert status == 200
        assert body["user"]["role"] == "viewer"
        assert bob.get("/auth/me").body["user"]["role"] == "viewer"


def test_password_hash_is_in_no_answer_activity_or_event(office: Office) -> None:
    ann = office.register()
    ann.patch("/auth/me", {"password": "nine blue kettles", "currentPassword": PASSWORD})
    ann.patch("/auth/me", {"name": "Ann M."})

    shown = [ann.send("GET", path, b"", {}).body for path in ("/activities", "/users", "/auth/me", "/api-keys")]
    with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
        events = repr(unit.repository(EVENT).all())

    assert b"argon2" not in b"".join(shown)
    assert b"assword" not in b"".join(shown)
    assert "argon2" not in events


def test_sessions_over_for_a_day_are_cleaned_up(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock) as kit:
        office = Office(kit)
        ann = office.register()
        workspace = workspace_id(ann)
        clock.advance(dt.timedelta(days=16))
        office.session()

        kit.scheduler().tick()
        kit.job_executor().run_due()

        with kit.unit_of_work(workspace, write=False) as unit:
            assert unit.repository(SESSION).count() == 1
