import random
import string

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages import SUPPRESSION
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Reply, Request
from tests.features.calls import Api
from tests.features.email_sequences.drip import add_person, add_sequence, enroll, enrollments, mails, pass_time, subjects, work
from tests.features.records import WORKSPACE
from tests.features.sales import found


def call(kit: Kit, method: str, token: str, *, root: str = "", body: bytes = b"", content_type: str = "") -> Reply:
    headers = {"content-type": content_type} if content_type else {}
    request = Request(
        method=method,
        target=f"{root}/unsubscribe/{token}",
        path={"token": token},
        headers=headers,
        body=body,
        remote="127.0.0.1",
        id="req_page",
    )
    return kit.responders[method, f"{root}/unsubscribe/:token"](request)


def token_of(kit: Kit) -> str:
    return mails(kit)[-1].headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]


def suppressed(kit: Kit, workspace: str = WORKSPACE) -> list[tuple[str, str, str]]:
    with kit.unit_of_work(workspace, write=False) as unit:
        return [(item.channel, item.address, item.reason) for item in unit.repository(SUPPRESSION).all()]


@pytest.fixture
def token(api: Api, kit: Kit) -> str:
    found(kit, WORKSPACE)
    enroll(api, add_sequence(api, 0, 1), add_person(api))
    work(kit)
    return token_of(kit)


@pytest.mark.parametrize("root", ["", "/api/v1"])
def test_opening_the_page_changes_nothing(kit: Kit, token: str, root: str) -> None:
    replies = [call(kit, "GET", token, root=root) for _ in range(20)]

    assert {reply.status for reply in replies} == {200}
    assert b'<form method="post">' in replies[0].body
    assert b"Marsh &amp; Co" in replies[0].body
    assert suppressed(kit) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'),
        ("", b""),
    ],
)
def test_sending_the_page_unsubscribes_with_one_click(
    api: Api, kit: Kit, clock: FrozenClock, token: str, content_type: str, body: bytes
) -> None:
    replies = [call(kit, "POST", token, body=body, content_type=content_type) for _ in range(2)]
    pass_time(kit, clock, 3)

    assert [reply.status for reply in replies] == [200, 200]
    assert b"You are unsubscribed" in replies[0].body
    assert suppressed(kit) == [("email", "mira@fjord.example", "unsubscribed")]
    assert subjects(kit) == ["Step 1, Mira"]


def test_unsubscribing_ends_every_sequence_of_the_contact_only(api: Api, kit: Kit, clock: FrozenClock, token: str) -> None:
    (contact,) = (item["id"] for item in api.get("/contacts").body["data"])
    other = add_sequence(api, 1)
    enroll(api, other, contact, add_person(api, "Ann"))

    call(kit, "POST", token)

    shown = {item["contact"]["firstName"]: (item["status"], item["nextEmailAt"]) for item in enrollments(api, other)}
    assert shown == {"Mira": ("unenrolled", None), "Ann": ("active", "2026-03-16T10:30:00Z")}
    assert enroll(api, other, contact)["details"] == [{"contactId": contact, "status": "skipped", "reason": "unsubscribed"}]


def test_unsubscription_counts_for_the_last_step_sent(api: Api, kit: Kit, token: str) -> None:
    (sequence,) = api.get("/emails/sequences").body["data"]
    call(kit, "POST", token)

    shown = api.get(f"/emails/sequences/{sequence['id']}/stats").body["data"]

    assert (shown["sent"], shown["unsubscribed"]) == (1, 1)
    assert [(step["order"], step["sent"], step["unsubscribed"]) for step in shown["steps"]] == [(1, 1, 1), (2, 0, 0)]


def test_link_of_a_deleted_contact_still_answers(api: Api, kit: Kit, token: str) -> None:
    (contact,) = (item["id"] for item in api.get("/contacts").body["data"])
    api.delete(f"/contacts/{contact}")

    assert call(kit, "POST", token).status == 200
    assert suppressed(kit) == []


def test_made_up_and_changed_tokens_are_not_found_and_change_nothing(kit: Kit, token: str) -> None:
    rng = random.Random(7)
    letters = string.ascii_letters + string.digits + "-_"
    made_up = ["".join(rng.choices(letters, k=len(token))) for _ in range(200)]
    changed = []
    for place in range(0, len(token) - 1, 3):
        other = "A" if token[place] != "A" else "B"
        changed.append(token[:place] + other + token[place + 1 :])

    statuses = {call(kit, method, one).status for one in [*made_up, *changed, "", "x", "preview"] for method in ("GET", "POST")}

    assert statuses == {404}
    assert suppressed(kit) == []


def test_token_of_another_purpose_or_workspace_does_not_unsubscribe(api: Api, kit: Kit, token: str) -> None:
    from conduyt_kit.ports.signed_links import SIGNED_LINKS

    (contact,) = (item["id"] for item in api.get("/contacts").body["data"])
    links = kit.provider(SIGNED_LINKS)

    assert call(kit, "POST", links.token("invoice", workspace=WORKSPACE, id=contact)).status == 404
    assert call(kit, "POST", links.token("unsubscribe", workspace="ws_b", id=contact)).status == 200
    assert (suppressed(kit), suppressed(kit, "ws_b")) == ([], [])
