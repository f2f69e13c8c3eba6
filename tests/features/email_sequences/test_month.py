import collections
import datetime as dt
import os
import random
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.email_sequences import ENROLLMENT, Enrollments
from conduyt_kit.features.messages import MESSAGE, Messages
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.ports.messages import IncomingMessage
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import NOW, TestAuthPlugin
from tests.features.email_sequences.crashes import Death, Fate, MortalPlugin, Recorder
from tests.features.email_sequences.drip import add_sequence
from tests.features.records import WORKSPACE
from tests.features.sales import found

DELAYS = (1, 3, 7, 14, 28)
DEATHS = 20
PEOPLE = int(os.environ.get("CONDUYT_TEST_PEOPLE", "60"))
"""Few, so that the test is quick; a thousand take minutes."""


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_each_step_of_a_month_is_sent_once_in_order_through_twenty_crashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", storage)
    clock, fate, rng = FrozenClock(NOW), Fate(5), random.Random(11)
    settings = {"rate_limit": "off", "providers": {"authentication": "test", "storage": "mortal"}}
    with storage_plugins(tmp_path) as plugins:
        mortal = MortalPlugin(plugins[0] if plugins else None, fate)
        with Kit.build(settings, plugins=[TestAuthPlugin(), mortal], clock=clock) as kit:
            found(kit, WORKSPACE)
            with kit.unit_of_work(WORKSPACE) as unit:
                unit[Workspaces].update({"stop_sequences_on_reply": True})
            sequence = add_sequence(Api(kit, f"admin-{WORKSPACE}"), *DELAYS)["id"]
            contacts = enroll_all(kit, sequence, PEOPLE)
            leavers = rng.sample(contacts, PEOPLE // 5)
            left = live_a_month(kit, clock, fate, leavers, rng)

            assert fate.deaths == DEATHS
            check(kit, contacts, left, mortal.mail)


def enroll_all(kit: Kit, sequence: str, people: int) -> list[str]:
    with kit.unit_of_work(WORKSPACE) as unit:
        made = [unit[Contacts].create(first_name=f"P{n}", last_name="X", email=f"p{n}@fjord.example").id for n in range(people)]
    with kit.unit_of_work(WORKSPACE) as unit:
        assert all(outcome.skipped is None for outcome in unit[Enrollments].enroll(sequence, made))
    return made


def live_a_month(kit: Kit, clock: FrozenClock, fate: Fate, leavers: list[str], rng: random.Random) -> dict[str, dt.datetime]:
    """Let five weeks pass, in quarters of a day; return when each leaver left."""
    left: dict[str, dt.datetime] = {}
    days = [rng.uniform(0.5, 27.5) for _ in leavers]
    waiting = sorted(zip(days, leavers, strict=True))
    for quarter in range(4 * 35):
        clock.move_to(NOW + dt.timedelta(days=quarter / 4))
        while waiting and waiting[0][0] <= quarter / 4:
            contact = waiting.pop(0)[1]
            leave(kit, contact, replies=rng.random() < 0.5)
            left[contact] = clock.now()
        work_through_deaths(kit, clock, fate)
    return left


def leave(kit: Kit, contact: str, *, replies: bool) -> None:
    with kit.unit_of_work(WORKSPACE) as unit:
        address = str(unit[Contacts].get(contact).record.email)
        if replies:
            incoming = IncomingMessage(provider_id=contact, sender=address, recipient="us@x.example", text="Yes", subject="Re")
            assert unit[Messages].received("email", "test", incoming) is not None
        else:
            unit[Messages].suppress(address, "email", "unsubscribed", contact)


def work_through_deaths(kit: Kit, clock: FrozenClock, fate: Fate) -> None:
    """Work like a process that is started again whenever it dies; what it held comes free when its lease ends."""
    for _ in range(6):
        if fate.deaths < DEATHS and due(kit):
            fate.arm(within=40)
        try:
            while kit.job_executor().run_due(limit=50):
                pass
        except Death:
            clock.advance(dt.timedelta(minutes=3))
            continue
        fate.disarm()
        return


def due(kit: Kit) -> bool:
    return kit.environment.storage.oldest_due(kit.clock.now()) is not None


def check(kit: Kit, contacts: list[str], left: dict[str, dt.datetime], mail: Recorder) -> None:
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        outbound = unit.repository(MESSAGE).all(where(direction="outbound"), sort=("created_at",))
        enrollments = {item.contact_id: item for item in unit.repository(ENROLLMENT).all()}
        open_jobs = unit.repository(JOB).count(Compare("state", Op.IN, ("running", "failed")))
    steps = collections.defaultdict(list)
    times = collections.defaultdict(list)
    for message in outbound:
        steps[message.contact_id].append(int(str(message.origin).rpartition(":")[2]))
        times[message.contact_id].append(message.created_at)
    assert open_jobs == 0
    sent = collections.Counter(mail.sent)
    assert set(sent.values()) == {1}
    assert sum(message.status != "failed" for message in outbound) <= len(sent) <= len(outbound)
    for contact in contacts:
        assert steps[contact] == list(range(1, len(steps[contact]) + 1))
        assert times[contact] == sorted(times[contact])
        if contact in left:
            assert all(at <= left[contact] for at in times[contact])
            assert enrollments[contact].status == "unenrolled"
        else:
            assert (len(steps[contact]), enrollments[contact].status) == (len(DELAYS), "completed")
