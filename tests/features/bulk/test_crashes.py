"""A worker dies before or after each of the commits of a bulk job; another one takes over when its lease is over."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.bulk.service import CHUNK
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.ports.storage import STORAGE
from tests.features.bulk.batches import add_contacts, all_contacts, drain, found_workspace, outcome, progress, started, waiting_kit
from tests.features.calls import Api
from tests.features.records import told
from tests.features.sales import add_deal, add_pipeline


class Killed(BaseException):
    """The worker is no more."""


class FailingCommits:
    """Passes everything on to a storage, until the commit with the number `at` fails: before it is made, or after."""

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage
        self.commits = 0
        self.at = 0
        self.after = False
        self.error: type[BaseException] = Killed

    def fail(self, at: int, error: type[BaseException] = Killed, *, after: bool = False) -> None:
        self.commits, self.at, self.error, self.after = 0, at, error, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def begin(self, workspace: str, *, write: bool) -> Any:
        return _Transaction(self._storage.begin(workspace, write=write), self, write)


class _Transaction:
    def __init__(self, transaction: Any, storage: FailingCommits, write: bool) -> None:
        self._transaction = transaction
        self._failing = storage
        self._write = write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def commit(self) -> None:
        self._failing.commits += self._write
        fails = self._write and self._failing.commits == self._failing.at
        if not fails or self._failing.after:
            self._transaction.commit()
        if fails:
            self._transaction.rollback()
            raise self._failing.error("a commit failed")


class FailingPlugin(KitPlugin):
    name: ClassVar[str] = "failing"

    def __init__(self) -> None:
        self.storage = FailingCommits(MemoryStorage())

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="failing", make=lambda _: self.storage)]


RECORDS = 2 * CHUNK + 30


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5], ids=["work", "chunk 1", "chunk 2", "chunk 3", "done"])
def test_no_record_is_handled_twice_or_skipped_when_a_worker_dies(clock: FrozenClock, at: int, after: bool) -> None:
    plugin = FailingPlugin()
    with waiting_kit([plugin], clock) as kit:
        api = Api(kit, "admin-ws_a")
        ids = add_contacts(kit, RECORDS)
        job = started(api, "contacts/delete", ids)
        plugin.storage.fail(at, after=after)

        with pytest.raises(Killed):
            drain(kit)
        assert len(all_contacts(api)) == RECORDS - progress(api, job)["processed"]
        clock.advance(dt.timedelta(minutes=2))
        drain(kit)

        assert outcome(progress(api, job)) == ("completed", RECORDS, RECORDS, 0)
        assert Counter(event.entity_id for event in told(kit, "contact.deleted")) == dict.fromkeys(ids, 1)
        assert all_contacts(api) == {}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [2, 3, 4, 5, 6, 7], ids=["place", "good 1", "bad 1", "good 2", "bad 2", "done"])
def test_worker_that_dies_among_single_records_leaves_the_counts_right(clock: FrozenClock, at: int, after: bool) -> None:
    plugin = FailingPlugin()
    with waiting_kit([plugin], clock) as kit:
        api = Api(kit, "admin-ws_a")
        found_workspace(kit)
        here, there = add_pipeline(api), add_pipeline(api, "Cargo")
        good = [add_deal(api, here)["id"] for _ in range(2)]
        bad = [add_deal(api, there)["id"] for _ in range(2)]
        job = started(api, "deals/update", [good[0], bad[0], good[1], bad[1]], updates={"stageId": here["stages"][1]["id"]})
        plugin.storage.fail(at, after=after)

        with pytest.raises(Killed):
            drain(kit)
        clock.advance(dt.timedelta(minutes=2))
        drain(kit)

        assert outcome(progress(api, job)) == ("completed", 4, 4, 2)
        assert [error["id"] for error in progress(api, job)["errorDetails"]] == bad
        assert [event.entity_id for event in told(kit, "deal.stage_changed")] == good


@pytest.mark.parametrize("at", [1, 2, 3])
def test_transaction_that_the_database_gives_up_is_tried_again_at_once(clock: FrozenClock, at: int) -> None:
    plugin = FailingPlugin()
    with waiting_kit([plugin], clock) as kit:
        api = Api(kit, "admin-ws_a")
        ids = add_contacts(kit, CHUNK + 1)
        job = started(api, "contacts/delete", ids)
        plugin.storage.fail(at, Contention)

        drain(kit)

        assert outcome(progress(api, job)) == ("completed", CHUNK + 1, CHUNK + 1, 0)
        assert Counter(event.entity_id for event in told(kit, "contact.deleted")) == dict.fromkeys(ids, 1)


def test_mistake_of_the_server_is_no_error_of_a_record(clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with waiting_kit([], clock) as kit:
        api = Api(kit, "admin-ws_a")
        job = started(api, "contacts/update", add_contacts(kit, 2), updates={"source": "fair"})
        with monkeypatch.context() as broken:
            broken.delattr(Contacts, "update")
            drain(kit)
        assert outcome(progress(api, job)) == ("processing", 2, 0, 0)

        clock.advance(dt.timedelta(minutes=1))
        drain(kit)

        assert outcome(progress(api, job)) == ("completed", 2, 2, 0)
