import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.email_sequences import ENROLLMENT
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import NOW, TestAuthPlugin
from tests.features.email_sequences.drip import DAY, add_person, add_sequence, enroll, enrollments, messages, subjects
from tests.features.records import WORKSPACE

STORAGES = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)]
SETTINGS = {"rate_limit": "off", "providers": {"authentication": "test"}}


@pytest.mark.parametrize("storage", STORAGES)
def test_contact_enrolled_by_many_at_once_is_in_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str) -> None:
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", storage)
    with storage_plugins(tmp_path) as plugins, Kit.build(SETTINGS, plugins=[TestAuthPlugin(), *plugins]) as kit:
        api = Api(kit, f"admin-{WORKSPACE}")
        sequence, people = add_sequence(api, 1), [add_person(api, f"P{number}") for number in range(5)]
        barrier = threading.Barrier(8)

        def enroll_all(number: int) -> int:
            barrier.wait(timeout=30)
            return int(enroll(api, sequence, *people)["enrolled"])

        with ThreadPoolExecutor(8) as pool:
            made = sorted(pool.map(enroll_all, range(8)))

        assert made == [0] * 7 + [5]
        assert sorted(shown["contactId"] for shown in enrollments(api, sequence)) == sorted(people)


def test_database_itself_refuses_a_second_active_enrollment(api: Api, kit: Kit) -> None:
    from conduyt_kit.kernel.errors import ValidationFailed

    sequence = add_sequence(api, 1)
    enroll(api, sequence, add_person(api))
    unit = kit.unit_of_work(WORKSPACE)
    first = unit.repository(ENROLLMENT).all()[0]
    unit.repository(ENROLLMENT).create(**{name: getattr(first, name) for name in ENROLLMENT.by_name if name != "id"})

    with pytest.raises(ValidationFailed) as refused:
        unit.commit()

    assert [(detail.field, detail.message) for detail in refused.value.details] == [("contactIds", "This contact is already enrolled")]
    assert len(enrollments(api, sequence)) == 1


@pytest.mark.parametrize("storage", STORAGES)
def test_step_claimed_twice_at_once_is_sent_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str) -> None:
    from conduyt_kit.features.email_sequences.enrolling import SEND_STEP
    from conduyt_kit.kernel.jobs import NewJob

    monkeypatch.setenv("CONDUYT_TEST_STORAGE", storage)
    clock = FrozenClock(NOW)
    with storage_plugins(tmp_path) as plugins, Kit.build(SETTINGS, plugins=[TestAuthPlugin(), *plugins], clock=clock) as kit:
        api = Api(kit, f"admin-{WORKSPACE}")
        sequence = add_sequence(api, 1, 9)
        enroll(api, sequence, add_person(api))
        (shown,) = enrollments(api, sequence)
        with kit.unit_of_work(WORKSPACE) as unit:
            for _ in range(3):
                unit.enqueue(NewJob(kind=SEND_STEP, args={"enrollment": shown["id"], "step": 1}, due_at=NOW + DAY))
        clock.advance(DAY)
        claimed = kit.job_executor().claim(limit=10)
        assert len(claimed) == 4
        barrier = threading.Barrier(4)

        def run(place: int) -> None:
            barrier.wait(timeout=30)
            kit.job_executor().run(*claimed[place])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(run, range(4)))

        assert len(messages(kit)) == 1
        assert len(subjects(kit)) <= 1
        assert enrollments(api, sequence)[0]["currentStep"] == 1
