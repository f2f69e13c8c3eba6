from collections.abc import Iterator

import pytest

from conduyt_kit.features.email_sequences import ENROLLMENT, Enrollments
from conduyt_kit.features.email_sequences.stepping import StepSender
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.counting import counted_api
from tests.features.email_sequences.drip import add_person, add_sequence, enroll, enrollments


@pytest.fixture
def counted() -> Iterator[tuple[Api, CountingStorage]]:
    with counted_api() as both:
        yield both


def test_calls_do_not_grow_with_the_number_of_contacts_and_sequences(counted: tuple[Api, CountingStorage]) -> None:
    api, storage = counted
    sequences = [add_sequence(api, 1, 5) for _ in range(4)]
    people = [add_person(api, f"P{number}") for number in range(100)]
    storage.clear()

    assert enroll(api, sequences[0], *people)["enrolled"] == 100
    assert dict(storage.calls) == {"get": 2, "get_many": 1, "find": 2, "insert": 1, "commit": 1}

    storage.clear()
    assert len(api.get("/emails/sequences").body["data"]) == 4
    assert {name: number for name, number in storage.calls.items() if name != "commit"} == {"find": 1, "get_many": 1, "aggregate": 1}

    storage.clear()
    assert len(enrollments(api, sequences[0], "?limit=100")) == 100
    assert {name: number for name, number in storage.calls.items() if name != "commit"} == {"get": 1, "find": 1}

    storage.clear()
    api.get(f"/emails/sequences/{sequences[0]['id']}/stats")
    assert {name: number for name, number in storage.calls.items() if name != "commit"} == {"get": 1, "aggregate": 3}


def test_sending_a_step_costs_a_fixed_number_of_calls(counted: tuple[Api, CountingStorage]) -> None:
    api, storage = counted
    sequence, person = add_sequence(api, 0, 5), add_person(api)
    unit = api.kit.unit_of_work("ws_a")
    unit[Enrollments].enroll(sequence["id"], [person])
    (made,) = unit.repository(ENROLLMENT).all()
    storage.clear()

    StepSender(unit, 1).send(made.id)
    unit.flush()

    assert storage.total == 13, dict(storage.calls)
    assert unit.repository(ENROLLMENT).get(made.id).current_step == 1
    unit.rollback()
