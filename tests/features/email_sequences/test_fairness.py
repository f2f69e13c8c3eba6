from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.email_sequences import Enrollments
from conduyt_kit.features.email_sequences.enrolling import SEND_STEP
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.email_sequences.drip import DAY, add_person, add_sequence, enroll


def test_many_due_enrollments_of_one_workspace_do_not_delay_another(api: Api, other_api: Api, kit: Kit, clock: FrozenClock) -> None:
    sequence = add_sequence(api, 1)["id"]
    with kit.unit_of_work("ws_a") as unit:
        people = [unit[Contacts].create(first_name=f"P{n}", last_name="X", email=f"p{n}@fjord.example").id for n in range(2000)]
        unit[Enrollments].enroll(sequence, people)
    clock.advance(DAY / 2)
    enroll(other_api, add_sequence(other_api, 1), add_person(other_api, "Late"))
    clock.advance(DAY)

    claimed = kit.job_executor().claim(limit=2)

    assert sorted((workspace, job.kind) for workspace, job in claimed) == [("ws_a", SEND_STEP), ("ws_b", SEND_STEP)]
