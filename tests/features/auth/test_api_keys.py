import datetime as dt
from typing import Any

import msgspec
import pytest

from conduyt_kit import Actor
from conduyt_kit.features.auth import API_KEY, ApiKeys
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import NotFound, ValidationFailed
from tests.features.accounts import Office, user_id, workspace_id
from tests.features.calls import Api


def test_key_is_shown_once_and_acts_for_its_maker(office: Office) -> None:
    ann = office.register()

    status, body = ann.post("/api-keys", {"name": "Importer"})

    made = body["data"]
    assert status == 201
    assert list(made) == ["id", "name", "key", "scopes", "prefix", "createdAt", "lastUsedAt", "expiresAt"]
    assert made["key"].startswith("cdy_")
    assert made["key"].startswith(made["prefix"])
    assert made["scopes"] == ["read", "write", "admin"]
    assert (made["name"], made["lastUsedAt"], made["expiresAt"]) == ("Importer", None, None)
    assert Api(office.kit, made["key"]).get("/auth/me").body == ann.get("/auth/me").body

    listed = ann.get("/api-keys").body
    assert listed == {
        "data": [{name: value for name, value in made.items() if name != "key"}],
        "meta": {"page": 1, "limit": 50, "total": 1, "totalPages": 1},
    }


def test_key_is_neither_in_the_database_nor_in_the_audit_trail(office: Office) -> None:
    ann = office.register()
    key = office.key(ann)

    with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
        (row,) = unit.repository(API_KEY).all()
        fields = [row.id, row.name, row.prefix, row.key_hash, *row.scopes]

    assert key.token not in fields
    assert row.key_hash not in repr(row)
    assert row.key_hash.encode() not in ann.send("GET", "/activities", b"", {}).body
    assert key.token.encode() not in ann.send("GET", "/activities", b"", {}).body


def test_changes_by_a_key_are_logged_as_its_owners(office: Office) -> None:
    ann = office.register()
    key = office.key(ann)

    key.patch("/workspace", {"name": "Marsh & Daughter"})

    entry = ann.get("/activities").body["data"][0]
    assert (entry["entityType"], entry["action"], entry["userId"]) == ("workspace", "updated", user_id(ann))


def test_key_has_only_the_scopes_it_was_given(office: Office) -> None:
    reader = office.key(office.register(), scopes=["read"])

    assert reader.get("/users").status == 200
    status, body = reader.post("/teams", {"name": "Sales"})
    assert (status, body["error"]["code"]) == (403, "permission_denied")
    assert reader.get("/api-keys").status == 403
    assert reader.get("/teams").body["data"] == []


def test_key_never_exceeds_its_owners_present_role(office: Office) -> None:
    ann = office.register()
    bob = office.hire(ann, "admin")
    key = office.key(bob)
    assert key.post("/teams", {"name": "Sales"}).status == 201

    ann.patch(f"/users/{user_id(bob)}", {"role": "viewer"})

    assert key.get("/teams").status == 200
    assert key.post("/teams", {"name": "Support"}).status == 403
    assert bob.post("/teams", {"name": "Support"}).status == 403
    assert key.get("/api-keys").status == 403


def test_key_cannot_make_a_stronger_key(office: Office) -> None:
    keeper = office.key(office.register(), scopes=["read", "admin"])

    status, body = keeper.post("/api-keys", {"name": "More", "scopes": ["write"]})

    assert (status, body["error"]["details"][0]["field"]) == (422, "scopes")
    assert keeper.get("/api-keys").body["meta"]["total"] == 1
    assert keeper.post("/api-keys", {"name": "Same"}).body["data"]["scopes"] == ["read", "admin"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "K", "scopes": []}, "scopes"),
        ({"name": "K", "scopes": ["read", "root"]}, "scopes"),
        ({"name": "K", "scopes": "read"}, "scopes"),
        ({"name": "K", "expiresAt": "2026-03-15T10:30:00Z"}, "expiresAt"),
        ({"name": "K", "expiresAt": "tomorrow"}, "expiresAt"),
        ({"name": "K", "userId": "usr_other"}, "userId"),
        ({"name": "K", "key": "cdy_mine"}, "key"),
    ],
)
def test_unfit_key_is_refused_on_its_field_and_not_made(office: Office, body: dict[str, Any], field: str) -> None:
    ann = office.register()

    status, answer = ann.post("/api-keys", body)

    assert status == 422
    assert [detail["field"] for detail in answer["error"]["details"]] == [field]
    assert ann.get("/api-keys").body["meta"]["total"] == 0


def test_expired_key_is_refused(office: Office, clock: FrozenClock) -> None:
    key = office.key(office.register(), expiresAt="2026-03-15T11:30:00Z")
    clock.advance(dt.timedelta(minutes=59))
    assert key.get("/auth/me").status == 200
    ann = office.session()
    expired = office.key(ann, expiresAt="2026-03-15T11:30:00Z")

    clock.advance(dt.timedelta(minutes=1))

    status, body = expired.get("/auth/me")
    assert (status, body["error"]["code"]) == (401, "unauthenticated")


def test_revoked_key_is_refused_at_once(office: Office) -> None:
    ann = office.register()
    key, other = office.key(ann), office.key(ann)
    assert key.get("/auth/me").status == 200
    key_id = ann.get("/api-keys").body["data"][-1]["id"]

    assert ann.delete(f"/api-keys/{key_id}").status == 204

    assert [key.get("/auth/me").status, other.get("/auth/me").status].count(401) == 1
    assert ann.get("/api-keys").body["meta"]["total"] == 1
    assert ann.delete(f"/api-keys/{key_id}").status == 404


def test_key_of_another_workspace_is_not_found(office: Office) -> None:
    ann = office.register()
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    key = office.key(olga)
    key_id = olga.get("/api-keys").body["data"][0]["id"]

    assert ann.delete(f"/api-keys/{key_id}").status == 404
    assert key.get("/auth/me").status == 200
    assert ann.get("/api-keys").body["data"] == []


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_api_keys_need_admin_scope(office: Office, role: str) -> None:
    bob = office.hire(office.register(), role)

    assert bob.get("/api-keys").status == 403
    assert bob.post("/api-keys", {"name": "K"}).status == 403
    assert bob.delete("/api-keys/key_any").status == 403


def test_repeated_creation_under_one_idempotency_key_makes_one_key_and_keeps_no_secret(office: Office) -> None:
    ann = office.register()
    headers = {"content-type": "application/json", "idempotency-key": "once"}

    first = ann.send("POST", "/api-keys", b'{"name":"K"}', headers)
    again = ann.send("POST", "/api-keys", b'{"name":"K"}', headers)

    assert (first.status, again.status) == (201, 409)
    assert msgspec.json.decode(again.body)["error"]["code"] == "conflict"
    assert ann.get("/api-keys").body["meta"]["total"] == 1


class TestWithoutHttp:
    def test_key_is_made_for_a_user_by_the_service(self, office: Office) -> None:
        ann = office.register()
        with office.kit.unit_of_work(workspace_id(ann), actor=Actor(id=user_id(ann), name="Ann")) as unit:
            made = unit[ApiKeys].create(user_id=user_id(ann), name="From the command line", scopes=["read"])

        assert made.key not in repr(made)
        key = Api(office.kit, made.key)
        assert key.get("/users").status == 200
        assert key.post("/teams", {"name": "Sales"}).status == 403

    def test_scopes_beyond_the_role_are_refused(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "viewer")
        with pytest.raises(ValidationFailed), office.kit.unit_of_work(workspace_id(ann)) as unit:
            unit[ApiKeys].create(user_id=user_id(bob), name="Too much", scopes=["write"])
        with pytest.raises(NotFound), office.kit.unit_of_work(workspace_id(ann)) as unit:
            unit[ApiKeys].create(user_id="usr_nobody", name="Nobody's")

        assert ann.get("/api-keys").body["data"] == []
