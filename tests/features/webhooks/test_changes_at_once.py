import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, cast

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.features.webhooks import WEBHOOK, WEBHOOK_DELIVERY, Webhooks
from conduyt_kit.features.webhooks.listeners import tell
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import where
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.features.calls import Answer, Api
from tests.features.conftest import TestAuthPlugin
from tests.features.storages import postgres_plugin, sqlite_plugin
from tests.features.webhooks.receiver import Answering, Receiver, Taken, fire, register
from tests.races.together import statuses, together

EVENTS = 20


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    settings = {
        "rate_limit": "off",
        "providers": {"authentication": "test"},
        "webhooks": {"allow_private_networks": True, "per_endpoint": 8, "per_workspace": 8},
    }
    storage = sqlite_plugin(tmp_path) if request.param == "sqlite" else postgres_plugin()
    with storage as plugin, Kit.build(settings, plugins=[TestAuthPlugin(), plugin]) as kit:
        cast("InlineJobs", kit.provider(JOB_RUNNER))._eager = False
        yield kit


@pytest.fixture
def api(kit: Kit) -> Api:
    return Api(kit, "admin-ws_a")


class Workers:
    """Threads that run jobs, and are done when no job is due."""

    def __init__(self, kit: Kit, number: int = 3) -> None:
        self._executor = kit.job_executor()
        self._finish = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(number)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while self._executor.run_due(limit=4) or not self._finish.is_set():
            time.sleep(0.002)


def verifies(secrets: list[str], taken: Taken) -> bool:
    for secret in secrets:
        try:
            Verifier(secret).verify(taken.body, taken.headers)
        except WebhookVerificationError:
            continue
        return True
    return False


def test_every_signature_is_valid_while_the_secret_is_rotated(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    secrets = [webhook["secret"]]
    for number in range(EVENTS):
        fire(api, number=number)
    with Workers(kit):
        secrets += [api.post(f"/webhooks/{webhook['id']}/rotate-secret").body["data"]["secret"] for _ in range(8)]

    assert len(receiver.taken) == EVENTS
    assert [verifies(secrets, taken) for taken in receiver.taken] == [True] * EVENTS


def test_deletions_and_deliveries_never_wait_for_each_other_for_ever(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhooks = [register(api, receiver)["id"] for _ in range(4)]
    for number in range(5):
        fire(api, number=number)
    with Workers(kit):
        _until(lambda: len(receiver.taken) >= 4)
        answers = together([_deletion(api, id) for id in webhooks])

    assert statuses(answers) == [204] * 4
    with kit.unit_of_work("ws_a", write=False) as unit:
        assert unit.repository(WEBHOOK_DELIVERY).count() == 0
        jobs = unit.repository(JOB).all(where(kind="webhooks.deliver"))
    assert {job.state for job in jobs} == {"done"}
    assert max(job.attempt for job in jobs) == 1


def test_webhook_deleted_during_an_attempt_is_not_told_again(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    answers = []

    def behave(taken: Taken, connection: object) -> Answering:
        answers.append(api.delete(f"/webhooks/{webhook['id']}").status)
        return Answering(500)

    receiver.behave = behave
    fire(api)
    cast("InlineJobs", kit.provider(JOB_RUNNER)).drain()

    assert (answers, len(receiver.taken)) == ([204], 1)
    with kit.unit_of_work("ws_a", write=False) as unit:
        assert [job.state for job in unit.repository(JOB).all(where(kind="webhooks.deliver"))] == ["done"]


def test_deletion_while_outcomes_wait_to_be_written_is_no_deadlock(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)
    locked = threading.Event()
    asked = threading.Event()

    def behave(taken: Taken, connection: object) -> Answering:
        asked.set()
        locked.wait(10)
        return Answering()

    receiver.behave = behave
    fire(api)
    with Workers(kit, 1):
        asked.wait(10)
        with kit.unit_of_work("ws_a") as unit:
            unit.repository(WEBHOOK).get_for_update(webhook["id"])
            locked.set()
            # Time for the worker to come to the lock; too little makes the test easier to pass, never to fail.
            time.sleep(0.2)
            unit[Webhooks].delete(webhook["id"])

    with kit.unit_of_work("ws_a", write=False) as unit:
        assert unit.repository(WEBHOOK_DELIVERY).count() == 0
        (job,) = unit.repository(JOB).all(where(kind="webhooks.deliver"))
    assert (job.state, job.attempt, len(receiver.taken)) == ("done", 1, 1)


def test_webhook_moved_during_an_attempt_is_not_switched_off_for_its_old_address(kit: Kit, api: Api, receiver: Receiver) -> None:
    webhook = register(api, receiver)

    def behave(taken: Taken, connection: object) -> Answering:
        assert api.patch(f"/webhooks/{webhook['id']}", {"url": receiver.url + "/new"}).status == 200
        return Answering(410)

    receiver.behave = behave
    fire(api)
    cast("InlineJobs", kit.provider(JOB_RUNNER)).drain()

    assert len(receiver.taken) == 1
    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["active"] is True


def test_same_event_told_by_two_at_once_is_delivered_once(kit: Kit, api: Api, receiver: Receiver) -> None:
    register(api, receiver)
    for number in range(5):
        fire(api, number=number)

    def again() -> None:
        with kit.unit_of_work("ws_a") as unit:
            tell(unit, unit.repository(EVENT).all(where(name="custom.ping")), True)

    with Workers(kit):
        threads = [threading.Thread(target=_ignoring_refusals(again)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _until(lambda: len(receiver.taken) >= 5)

    assert sorted(taken.json["data"]["number"] for taken in receiver.taken) == [0, 1, 2, 3, 4]


def _ignoring_refusals(action: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            action()
        except ConduytError:
            # What two told at once is refused to the later one, whose job runs again.
            return

    return run


def _deletion(api: Api, id: str) -> Callable[[], Answer]:
    return lambda: api.delete(f"/webhooks/{id}")


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
