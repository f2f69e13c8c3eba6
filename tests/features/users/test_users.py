import datetime as dt
import threading
from typing import Any

import pytest

from conduyt_kit.features.users import USER, Users
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.context import Actor
from conduyt_kit.kernel.errors import Conflict, ValidationFailed
from conduyt_kit.kernel.events import EVENT
from tests.features.accounts import PASSWORD, Office, user_id, workspace_id


def test_users_are_listed_newest_first_in_the_documented_shape(office: Office, clock: FrozenClock) -> None:
    ann = office.register()
    clock.advance(dt.timedelta(minutes=1))
    bob = office.hire(ann, "member")

    status, body = ann.get("/users")

    assert status == 200
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert body["data"] == [
        {
            "id": user_id(bob),
            "name": "Bob Stone",
            "email": "bob@example.org",
            "role": "member",
            "status": "active",
            "lastActiveAt": "2026-03-15T10:31:00Z",
            "createdAt": "2026-03-15T10:31:00Z",
        },
        {
            "id": user_id(ann),
            "name": "Ann Marsh",
            "email": "ann@example.org",
            "role": "admin",
            "status": "active",
            "lastActiveAt": "2026-03-15T10:30:00Z",
            "createdAt": "2026-03-15T10:30:00Z",
        },
    ]
    assert list(body["data"][0]) == ["id", "name", "email", "role", "status", "lastActiveAt", "createdAt"]


def test_single_user_has_the_keys_of_the_list(office: Office) -> None:
    ann = office.register()

    assert ann.get(f"/users/{user_id(ann)}").body == {"data": ann.get("/users").body["data"][0]}


def test_users_of_other_workspaces_do_not_exist(office: Office) -> None:
    ann = office.register()
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    other = user_id(olga)

    assert [user["id"] for user in ann.get("/users").body["data"]] == [user_id(ann)]
    assert ann.get(f"/users/{other}").status == 404
    assert ann.patch(f"/users/{other}", {"role": "viewer"}).status == 404
    assert ann.delete(f"/users/{other}").status == 404
    assert ann.post(f"/users/{other}/resend-invitation").status == 404
    assert olga.get("/auth/me").body["user"]["role"] == "admin"


class TestUpdate:
    def test_role_and_name_change_and_are_logged_field_by_field(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "member")

        status, body = ann.patch(f"/users/{user_id(bob)}", {"role": "viewer", "name": "Robert Stone"})

        assert status == 200
        assert (body["data"]["role"], body["data"]["name"]) == ("viewer", "Robert Stone")
        assert ann.get(f"/users/{user_id(bob)}").body == body
        entry = ann.get(f"/activities?entityType=user&entityId={user_id(bob)}").body["data"][0]
        assert (entry["action"], entry["userId"]) == ("updated", user_id(ann))
        assert entry["changes"] == {
            "role": {"from": "member", "to": "viewer"},
            "name": {"from": "Bob Stone", "to": "Robert Stone"},
        }

    def test_fetched_user_can_be_sent_back(self, office: Office) -> None:
        ann = office.register()
        shown = ann.get(f"/users/{user_id(ann)}").body["data"]

        status, body = ann.patch(f"/users/{user_id(ann)}", {**shown, "email": "new@example.org", "status": "invited"})

        assert (status, body["data"]) == (200, shown)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"role": "owner"}, "role"),
            ({"role": None}, "role"),
            ({"name": ""}, "name"),
            ({"password": "a new password"}, "password"),
            ({"passwordHash": "x"}, "passwordHash"),
            ({"emailKey": "x"}, "emailKey"),
            ({"workspaceId": "ws_x"}, "workspaceId"),
        ],
    )
    def test_unfit_change_is_refused_on_its_field(self, office: Office, changes: dict[str, Any], field: str) -> None:
        ann = office.register()
        before = ann.get("/users").body

        status, body = ann.patch(f"/users/{user_id(ann)}", changes)

        assert status == 422
        assert [detail["field"] for detail in body["error"]["details"]] == [field]
        assert ann.get("/users").body == before


class TestRemoval:
    def test_sessions_and_keys_die_and_names_in_the_past_stay(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "admin")
        key = office.key(bob)
        bob_id = user_id(bob)
        key.post("/teams", {"name": "Sales"})

        assert ann.delete(f"/users/{bob_id}").status == 204

        assert (bob.get("/auth/me").status, key.get("/auth/me").status) == (401, 401)
        assert ann.get("/api-keys").body["data"] == []
        assert ann.get(f"/users/{bob_id}").status == 404
        assert office.log_in("bob@example.org").status == 401
        past = ann.get(f"/activities?userId={bob_id}").body["data"]
        assert {entry["userName"] for entry in past} == {"Bob Stone"}
        assert ("team", "created") in {(entry["entityType"], entry["action"]) for entry in past}
        assert ann.delete(f"/users/{bob_id}").status == 404

    def test_assigned_contacts_become_unassigned(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "member")
        made = ann.post("/contacts", {"firstName": "Zoe", "lastName": "Lund", "assignedTo": user_id(bob)}).body["data"]

        ann.delete(f"/users/{user_id(bob)}")

        assert ann.get(f"/contacts/{made['id']}").body["data"]["assignedTo"] is None

    def test_removal_is_told(self, office: Office) -> None:
        ann = office.register()
        bob_id = user_id(office.hire(ann, "member"))

        ann.delete(f"/users/{bob_id}")

        with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
            told = {event.name: event.data for event in unit.repository(EVENT).all() if event.entity_id == bob_id}
        assert told["user.removed"] == {"id": bob_id, "email": "bob@example.org"}
        assert "user.deleted" in told

    def test_removed_address_can_be_invited_again(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "member")
        ann.delete(f"/users/{user_id(bob)}")

        assert office.hire(ann, "viewer").get("/auth/me").body["user"]["role"] == "viewer"


class TestLastAdmin:
    def test_last_admin_cannot_be_removed_or_demoted(self, office: Office) -> None:
        ann = office.register()
        office.hire(ann, "member")
        ann.post("/users/invite", {"email": "invited@example.org", "role": "admin"})
        before = ann.get("/users").body

        removal = ann.delete(f"/users/{user_id(ann)}")
        demotion = ann.patch(f"/users/{user_id(ann)}", {"role": "member"})

        assert (removal.status, removal.body["error"]["code"]) == (409, "conflict")
        assert (demotion.status, demotion.body["error"]["code"]) == (409, "conflict")
        assert ann.get("/users").body == before

    def test_admin_may_leave_while_another_stays(self, office: Office) -> None:
        ann = office.register()
        bob = office.hire(ann, "admin")

        assert ann.delete(f"/users/{user_id(ann)}").status == 204
        assert ann.get("/auth/me").status == 401
        assert bob.delete(f"/users/{user_id(bob)}").status == 409

    def test_two_admins_who_demote_each_other_at_once_leave_one(self, office: Office) -> None:
        ann = office.register()
        workspace, ann_id, bob_id = workspace_id(ann), user_id(ann), user_id(office.hire(ann, "admin"))
        outcome: list[str] = []

        def demote_ann() -> None:
            try:
                with office.kit.unit_of_work(workspace) as unit:
                    unit[Users].update(ann_id, {"role": "member"})
                outcome.append("demoted")
            except Conflict:
                outcome.append("refused")

        with office.kit.unit_of_work(workspace) as unit:
            unit[Users].update(bob_id, {"role": "member"})
            other = threading.Thread(target=demote_ann)
            other.start()
            # Long enough for the other to finish if nothing holds it back.
            other.join(0.3)
        other.join()

        with office.kit.unit_of_work(workspace, write=False) as unit:
            roles = {user.id: user.role for user in unit.repository(USER).all()}
        assert outcome == ["refused"]
        assert roles == {ann_id: "admin", bob_id: "member"}


class TestInvitation:
    def test_invited_user_is_shown_and_mailed_and_told(self, office: Office) -> None:
        ann = office.register()

        status, body = ann.post("/users/invite", {"email": "Bob@Example.org", "role": "member", "name": "Bob Stone"})

        assert status == 201
        assert body == {
            "data": {
                "id": body["data"]["id"],
                "name": "Bob Stone",
                "email": "Bob@example.org",
                "role": "member",
                "status": "invited",
                "lastActiveAt": None,
                "createdAt": "2026-03-15T10:30:00Z",
            }
        }
        mail = office.mails[-1]
        assert (mail.to, mail.subject) == ("Bob@example.org", "You are invited to Marsh & Co")
        assert "https://crm.example.org/accept-invitation?token=" in mail.text
        with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
            (told,) = [event for event in unit.repository(EVENT).all() if event.name == "user.invited"]
        assert told.data == {"id": body["data"]["id"], "email": "Bob@example.org", "role": "member"}

    def test_name_defaults_to_the_local_part_of_the_address(self, office: Office) -> None:
        body = office.register().post("/users/invite", {"email": "bob.stone@example.org", "role": "member"}).body

        assert body["data"]["name"] == "bob.stone"

    @pytest.mark.parametrize("email", ["ann@example.org", "ANN@EXAMPLE.ORG"])
    def test_address_of_this_workspace_is_refused(self, office: Office, email: str) -> None:
        ann = office.register()

        status, body = ann.post("/users/invite", {"email": email, "role": "member"})

        assert status == 422
        assert [detail["field"] for detail in body["error"]["details"]] == ["email"]
        assert office.mails == []
        assert ann.get("/users").body["meta"]["total"] == 1

    def test_address_of_another_workspace_is_invited_like_any(self, office: Office) -> None:
        office.register("Olga Ray", "olga@example.org", "Ray Ltd")
        ann = office.register()

        known = ann.post("/users/invite", {"email": "olga@example.org", "role": "viewer"})
        unknown = ann.post("/users/invite", {"email": "eve@example.org", "role": "viewer"})

        assert (known.status, unknown.status) == (201, 201)
        assert {**known.body["data"], "id": 0, "name": 0, "email": 0} == {**unknown.body["data"], "id": 0, "name": 0, "email": 0}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"role": "member"}, "email"),
            ({"email": "bob@example.org"}, "role"),
            ({"email": "bob", "role": "member"}, "email"),
            ({"email": "bob@example.org", "role": "owner"}, "role"),
            ({"email": "bob@example.org", "role": "member", "status": "active"}, "status"),
            ({"email": "bob@example.org", "role": "member", "password": PASSWORD}, "password"),
        ],
    )
    def test_unfit_invitation_is_refused_on_its_field(self, office: Office, body: dict[str, Any], field: str) -> None:
        ann = office.register()

        status, answer = ann.post("/users/invite", body)

        assert status == 422
        assert [detail["field"] for detail in answer["error"]["details"]] == [field]
        assert ann.get("/users").body["meta"]["total"] == 1

    def test_acceptance_answers_like_login_and_keeps_role_and_workspace(self, office: Office) -> None:
        ann = office.register()
        ann.post("/users/invite", {"email": "bob@example.org", "role": "viewer", "name": "Bob"})

        status, body = office.public.post(
            "/auth/accept-invitation", {"token": office.token_for("bob@example.org"), "password": PASSWORD, "name": "Bob Stone"}
        )

        assert status == 200
        assert list(body) == ["token", "user"]
        assert {**body["user"], "id": 0} == {"id": 0, "name": "Bob Stone", "email": "bob@example.org", "role": "viewer"}
        assert office.session("bob@example.org").get("/auth/me").body["workspace"]["id"] == workspace_id(ann)

    @pytest.mark.parametrize("more", [{"role": "admin"}, {"email": "eve@example.org"}, {"workspaceId": "ws_x"}])
    def test_acceptance_takes_no_other_role_address_or_workspace(self, office: Office, more: dict[str, str]) -> None:
        office.register().post("/users/invite", {"email": "bob@example.org", "role": "viewer"})
        body = {"token": office.token_for("bob@example.org"), "password": PASSWORD, **more}

        assert office.public.post("/auth/accept-invitation", body).status == 422
        assert office.log_in("bob@example.org").status == 401

    def test_acceptance_is_logged_as_the_users_own(self, office: Office) -> None:
        ann = office.register()
        bob_id = user_id(office.hire(ann, "viewer"))

        entries = ann.get(f"/activities?entityType=user&entityId={bob_id}").body["data"]

        assert {(e["action"], e["userId"]) for e in entries} == {("login", bob_id), ("updated", bob_id), ("created", user_id(ann))}
        (updated,) = [entry for entry in entries if entry["action"] == "updated"]
        assert updated["changes"] == {"status": {"from": "invited", "to": "active"}}

    def test_link_works_for_seven_days(self, office: Office, clock: FrozenClock) -> None:
        ann = office.register()
        key = office.key(ann)
        key.post("/users/invite", {"email": "bob@example.org", "role": "viewer"})
        key.post("/users/invite", {"email": "eve@example.org", "role": "viewer"})
        clock.advance(dt.timedelta(days=7) - dt.timedelta(seconds=1))
        assert office.public.post("/auth/accept-invitation", accept(office, "bob@example.org")).status == 200

        clock.advance(dt.timedelta(seconds=1))

        assert office.public.post("/auth/accept-invitation", accept(office, "eve@example.org")).status == 422
        assert key.get("/users?sort=name").body["data"][-1]["status"] == "invited"

    def test_resending_sends_a_new_link_and_stops_the_old_one(self, office: Office) -> None:
        ann = office.register()
        bob = ann.post("/users/invite", {"email": "bob@example.org", "role": "viewer"}).body["data"]
        first = accept(office, "bob@example.org")

        status, body = ann.post(f"/users/{bob['id']}/resend-invitation")

        assert (status, body["data"]) == (200, bob)
        assert office.public.post("/auth/accept-invitation", first).status == 422
        assert office.public.post("/auth/accept-invitation", accept(office, "bob@example.org")).status == 200

    def test_accepted_invitation_cannot_be_resent_or_used_again(self, office: Office) -> None:
        ann = office.register()
        ann.post("/users/invite", {"email": "bob@example.org", "role": "viewer"})
        used = accept(office, "bob@example.org")
        bob_id = office.public.post("/auth/accept-invitation", used).body["user"]["id"]
        mails = len(office.mails)

        assert ann.post(f"/users/{bob_id}/resend-invitation").status == 409
        assert office.public.post("/auth/accept-invitation", {**used, "password": "ten brown jugs"}).status == 422
        assert len(office.mails) == mails
        assert office.log_in("bob@example.org").status == 200

    def test_invitation_of_a_removed_user_is_refused(self, office: Office) -> None:
        ann = office.register()
        bob = ann.post("/users/invite", {"email": "bob@example.org", "role": "viewer"}).body["data"]
        ann.delete(f"/users/{bob['id']}")

        assert office.public.post("/auth/accept-invitation", accept(office, "bob@example.org")).status == 422

    def test_line_breaks_in_names_do_not_reach_the_mails_headers(self, office: Office) -> None:
        ann = office.register(workspace="Marsh\r\nBcc: everybody@example.org")

        ann.post("/users/invite", {"email": "bob@example.org", "role": "viewer"})

        assert office.mails[-1].subject == "You are invited to Marsh Bcc: everybody@example.org"

    def test_eight_acceptances_at_once_give_exactly_one_success(self, office: Office) -> None:
        office.register().post("/users/invite", {"email": "bob@example.org", "role": "viewer"})
        body = accept(office, "bob@example.org")
        barrier = threading.Barrier(8)
        statuses: list[int] = []

        def redeem() -> None:
            barrier.wait()
            statuses.append(office.public.post("/auth/accept-invitation", body).status)

        threads = [threading.Thread(target=redeem) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [200] + [422] * 7


class TestWithoutHttp:
    def test_active_user_with_a_password_is_made_by_the_service(self, office: Office) -> None:
        ann = office.register()
        with office.kit.unit_of_work(workspace_id(ann), actor=Actor(name="Command line")) as unit:
            made = unit[Users].create_active(name="Cleo", email="cleo@example.org", role="member", password="nine blue kettles")

        assert "argon2" not in repr(made)
        assert office.log_in("cleo@example.org", "nine blue kettles").body["user"]["id"] == made.id

    def test_taken_address_is_refused(self, office: Office) -> None:
        ann = office.register()
        with pytest.raises(ValidationFailed) as refused, office.kit.unit_of_work(workspace_id(ann)) as unit:
            unit[Users].create_active(name="Ann", email="Ann@example.org", role="admin")

        assert [detail.field for detail in refused.value.details] == ["email"]
        assert ann.get("/users").body["meta"]["total"] == 1

    def test_user_without_a_password_cannot_log_in(self, office: Office) -> None:
        ann = office.register()
        with office.kit.unit_of_work(workspace_id(ann)) as unit:
            unit[Users].create_active(name="Cleo", email="cleo@example.org", role="member")

        assert office.log_in("cleo@example.org", "").status == 401

    def test_seats_leave_out_viewers_and_pending_invitations(self, office: Office) -> None:
        ann = office.register()
        office.hire(ann, "member", "bob@example.org")
        office.hire(ann, "viewer", "eve@example.org")
        ann.post("/users/invite", {"email": "pending@example.org", "role": "admin"})

        with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
            assert (unit[Users].seats(), unit[Users].count()) == (2, 4)


def accept(office: Office, email: str) -> dict[str, str]:
    return {"token": office.token_for(email), "password": PASSWORD}
