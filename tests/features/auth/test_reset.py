import datetime as dt
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from conduyt_kit.features.users import ONE_TIME_TOKEN
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Reply
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE
from tests.features.accounts import PASSWORD, Office, running_kit, user_id, workspace_id

NEW = "nine blue kettles"


def ask(office: Office, email: str = "ann@example.org") -> Reply:
    return office.public.send("POST", "/auth/forgot-password", f'{{"email":"{email}"}}'.encode(), {"content-type": "application/json"})


def test_answer_tells_nothing_about_the_address(office: Office) -> None:
    office.register().post("/users/invite", {"email": "bob@example.org", "role": "viewer"})
    mails = len(office.mails)

    known, unknown, invited = ask(office), ask(office, "eve@example.org"), ask(office, "bob@example.org")

    assert known.status == 202
    assert (unknown.status, unknown.body, unknown.headers) == (known.status, known.body, known.headers)
    assert (invited.status, invited.body, invited.headers) == (known.status, known.body, known.headers)
    assert [mail.to for mail in office.mails[mails:]] == ["ann@example.org"]


def test_request_does_the_same_work_for_every_address(office: Office) -> None:
    office.register()
    ask(office)
    ask(office, "eve@example.org")

    with office.kit.unit_of_work(SYSTEM_WORKSPACE, write=False) as unit:
        jobs = [(job.kind, job.state, list(job.args)) for job in unit.repository(JOB).all()]

    assert jobs == [("auth.find_accounts", "done", ["email"])] * 2


def test_mail_carries_one_link_under_the_public_url(office: Office) -> None:
    office.register()

    ask(office, "ANN@Example.org")

    mail = office.mails[-1]
    assert mail.to == "ann@example.org"
    assert mail.subject == "Reset your password for Marsh & Co"
    assert mail.text.count("https://") == 1
    assert f"https://crm.example.org/reset-password?token={quote(office.token_for(mail.to))}" in mail.text


def test_reset_sets_the_password_logs_in_and_ends_every_session(office: Office) -> None:
    ann = office.register()
    key = office.key(ann)
    ask(office)

    status, body = office.public.post("/auth/reset-password", {"token": office.token_for("ann@example.org"), "password": NEW})

    assert status == 200
    assert list(body) == ["token", "user"]
    assert body["user"]["email"] == "ann@example.org"
    assert ann.get("/auth/me").status == 401
    assert key.get("/auth/me").status == 200
    assert office.log_in().status == 401
    fresh = office.session(password=NEW)
    entry = fresh.get("/activities?action=login").body["data"][1]
    assert entry["userId"] == user_id(fresh)


def test_token_works_once(office: Office) -> None:
    office.register()
    ask(office)
    token = office.token_for("ann@example.org")
    assert office.public.post("/auth/reset-password", {"token": token, "password": NEW}).status == 200

    status, body = office.public.post("/auth/reset-password", {"token": token, "password": "ten brown jugs"})

    assert (status, body["error"]["details"][0]["field"]) == (422, "token")
    assert office.log_in(password=NEW).status == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 201, "\u0442\u043e\u043a\u0435\u043d"])
def test_made_up_token_is_refused(office: Office, token: str) -> None:
    office.register()
    ask(office)

    status, body = office.public.post("/auth/reset-password", {"token": token, "password": NEW})

    assert (status, body["error"]["details"][0]["field"]) == (422, "token")
    assert office.log_in().status == 200


def test_token_is_refused_after_two_hours(office: Office, clock: FrozenClock) -> None:
    office.register()
    ask(office)
    clock.advance(dt.timedelta(hours=2))

    status, _ = office.public.post("/auth/reset-password", {"token": office.token_for("ann@example.org"), "password": NEW})

    assert status == 422
    assert office.log_in().status == 200


def test_new_mail_revokes_the_links_of_earlier_ones(office: Office) -> None:
    office.register()
    ask(office)
    first = office.token_for("ann@example.org")
    ask(office)

    assert office.public.post("/auth/reset-password", {"token": first, "password": NEW}).status == 422
    assert office.log_in().status == 200
    second = office.token_for("ann@example.org")
    assert office.public.post("/auth/reset-password", {"token": second, "password": NEW}).status == 200


def test_unfit_password_does_not_use_the_token_up(office: Office) -> None:
    office.register()
    ask(office)
    token = office.token_for("ann@example.org")

    for password in ("short", "password1", "Ann Marsh", "ann@example.org"):
        status, body = office.public.post("/auth/reset-password", {"token": token, "password": password})
        assert (status, body["error"]["details"][0]["field"]) == (422, "password")

    assert office.public.post("/auth/reset-password", {"token": token, "password": NEW}).status == 200


def test_reset_token_does_not_accept_an_invitation_nor_the_other_way_round(office: Office) -> None:
    office.register().post("/users/invite", {"email": "bob@example.org", "role": "admin"})
    ask(office)
    reset, invitation = office.token_for("ann@example.org"), office.token_for("bob@example.org")

    assert office.public.post("/auth/accept-invitation", {"token": reset, "password": NEW}).status == 422
    assert office.public.post("/auth/reset-password", {"token": invitation, "password": NEW}).status == 422
    assert office.public.post("/auth/accept-invitation", {"token": invitation, "password": NEW}).status == 200


def test_token_of_a_removed_user_is_refused(office: Office) -> None:
    ann = office.register()
    bob = office.hire(ann, "member")
    ask(office, "bob@example.org")
    token = office.token_for("bob@example.org")
    ann.delete(f"/users/{user_id(bob)}")

    assert office.public.post("/auth/reset-password", {"token": token, "password": NEW}).status == 422


def test_only_the_hash_of_a_token_is_stored(office: Office) -> None:
    ann = office.register()
    ask(office)
    token = office.token_for("ann@example.org")

    with office.kit.unit_of_work(workspace_id(ann), write=False) as unit:
        (row,) = unit.repository(ONE_TIME_TOKEN).all()
        jobs = repr(unit.repository(JOB).all())

    assert token not in (row.token_hash, row.id)
    assert token not in jobs
    assert len(token) == 43


def test_each_workspace_of_the_address_gets_a_mail_of_its_own(office: Office) -> None:
    ann = office.register()
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    olga.post("/users/invite", {"email": "ann@example.org", "role": "viewer"})
    office.public.post("/auth/accept-invitation", {"token": office.token_for("ann@example.org"), "password": PASSWORD})
    mails = len(office.mails)

    ask(office)

    assert sorted(mail.subject or "" for mail in office.mails[mails:]) == [
        "Reset your password for Marsh & Co",
        "Reset your password for Ray Ltd",
    ]
    assert ann.get("/auth/me").status == 200


def test_eight_redemptions_at_once_give_exactly_one_success(office: Office) -> None:
    office.register()
    for round_ in range(3):
        ask(office)
        token = office.token_for("ann@example.org")
        barrier = threading.Barrier(8)
        statuses: list[int] = []

        def redeem(password: str, token: str = token, barrier: threading.Barrier = barrier, statuses: list[int] = statuses) -> None:
            barrier.wait()
            statuses.append(office.public.post("/auth/reset-password", {"token": token, "password": password}).status)

        threads = [threading.Thread(target=redeem, args=(f"{NEW} {round_} {number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [200] + [422] * 7
        assert [office.log_in(password=f"{NEW} {round_} {number}").status for number in range(8)].count(200) == 1


def test_reset_mails_are_limited_per_account_alike_for_every_address(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, auth={"reset_limit": "2/minute"}) as kit:
        office = Office(kit)
        office.register()

        known = [ask(office).status for _ in range(3)]
        unknown = [ask(office, "eve@example.org").status for _ in range(3)]

        assert known == unknown == [202, 202, 429]
        assert len(office.mails) == 2
