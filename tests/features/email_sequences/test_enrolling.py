import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.email_sequences.drip import add_person, add_sequence, enroll, enrollments, subjects, work
from tests.features.records import told, trail
from tests.features.sales import refused


def test_enrolling_tells_what_became_of_each_contact(api: Api) -> None:
    sequence = add_sequence(api, 0, 3)
    known, mute = add_person(api), add_person(api, "Mute", email=None)
    enroll(api, sequence, known)
    ann = add_person(api, "Ann")

    answer = enroll(api, sequence, ann, known, mute, "nobody", ann, f"con_{ann}")

    assert answer == {
        "enrolled": 1,
        "skipped": 5,
        "details": [
            {"contactId": ann, "status": "enrolled"},
            {"contactId": known, "status": "skipped", "reason": "already_enrolled"},
            {"contactId": mute, "status": "skipped", "reason": "no_email"},
            {"contactId": "nobody", "status": "skipped", "reason": "not_found"},
            {"contactId": ann, "status": "skipped", "reason": "already_enrolled"},
            {"contactId": f"con_{ann}", "status": "skipped", "reason": "already_enrolled"},
        ],
    }
    assert len(enrollments(api, sequence)) == 2


def test_enrollment_is_shown_as_documented(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 0, 3, 7), add_person(api)
    enroll(api, sequence, contact)
    work(kit)

    (shown,) = enrollments(api, sequence)

    assert shown["id"].startswith("enr_")
    assert list(shown.items())[1:] == [
        ("contactId", contact),
        ("contact", {"firstName": "Mira", "lastName": "Solberg", "email": "mira@fjord.example"}),
        ("status", "active"),
        ("currentStep", 1),
        ("totalSteps", 3),
        ("enrolledAt", "2026-03-15T10:30:00Z"),
        ("lastEmailSentAt", "2026-03-15T10:30:00Z"),
        ("nextEmailAt", "2026-03-18T10:30:00Z"),
    ]


def test_enrollments_are_filtered_by_status(api: Api) -> None:
    sequence = add_sequence(api, 1)
    gone, here = add_person(api, "Gone"), add_person(api, "Here")
    enroll(api, sequence, gone, here)
    api.post(f"/emails/sequences/{sequence['id']}/unenroll", {"contactId": gone})

    assert [shown["contactId"] for shown in enrollments(api, sequence, "?status=active")] == [here]
    assert [shown["contactId"] for shown in enrollments(api, sequence, "?status=unenrolled")] == [gone]
    assert enrollments(api, sequence, "?status=completed") == []
    assert refused(api.get(f"/emails/sequences/{sequence['id']}/enrollments?status=lost")) == (400, ["status"])


@pytest.mark.parametrize("contacts", [[], ["x"] * 101, None, [""], [5]])
def test_one_to_a_hundred_contacts_are_enrolled_at_a_time(api: Api, contacts: object) -> None:
    sequence = add_sequence(api, 0)

    status, fields = refused(api.post(f"/emails/sequences/{sequence['id']}/enroll", {"contactIds": contacts}))

    assert (status, [field.partition("[")[0] for field in fields]) == (422, ["contactIds"])
    assert enrollments(api, sequence) == []


def test_nobody_is_enrolled_in_an_inactive_sequence(api: Api) -> None:
    sequence, contact = add_sequence(api, 0), add_person(api)
    api.patch(f"/emails/sequences/{sequence['id']}", {"status": "inactive"})

    assert refused(api.post(f"/emails/sequences/{sequence['id']}/enroll", {"contactIds": [contact]})) == (422, ["status"])
    assert enrollments(api, sequence) == []


def test_unknown_sequence_is_not_found(api: Api) -> None:
    assert api.post("/emails/sequences/seq_x/enroll", {"contactIds": [add_person(api)]}).status == 404
    assert api.get("/emails/sequences/seq_x/enrollments").status == 404


def test_contact_may_be_enrolled_again_after_the_end(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 0), add_person(api)
    enroll(api, sequence, contact)
    work(kit)

    assert enroll(api, sequence, contact)["enrolled"] == 1
    work(kit)

    assert [shown["status"] for shown in enrollments(api, sequence)] == ["completed", "completed"]
    assert subjects(kit) == ["Step 1, Mira"] * 2


def test_unenrolled_contact_gets_nothing_more(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 1), add_person(api)
    enroll(api, sequence, contact)
    path = f"/emails/sequences/{sequence['id']}/unenroll"

    assert api.post(path, {"contactId": f"con_{contact}"}) == (200, {"contactId": contact, "status": "unenrolled"})

    (shown,) = enrollments(api, sequence)
    assert (shown["status"], shown["nextEmailAt"]) == ("unenrolled", None)
    assert api.post(path, {"contactId": contact}).status == 404
    assert [event.data["reason"] for event in told(kit, "sequence.unenrolled")] == ["removed"]


def test_enrolling_is_told_and_found_from_the_contact(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 1), add_person(api)

    enroll(api, sequence, contact)

    (event,) = told(kit, "sequence.enrolled")
    assert (event.entity_id, event.data["contactId"]) == (sequence["id"], contact)
    found = api.get(f"/activities?entityType=contact&entityId={contact}").body["data"][0]
    assert (found["entityType"], found["action"], found["changes"]) == (
        "sequence",
        "updated",
        {"enrollment": {"from": None, "to": "active"}},
    )
    assert len(trail(kit, entity_type="sequence")) == 2


def test_enrollments_go_with_their_contact(api: Api, kit: Kit) -> None:
    sequence, contact = add_sequence(api, 0, 1), add_person(api)
    enroll(api, sequence, contact)
    work(kit)

    assert api.delete(f"/contacts/{contact}").status == 204

    assert enrollments(api, sequence) == []
    assert api.get(f"/emails/sequences/{sequence['id']}").body["data"]["enrolledCount"] == 0
