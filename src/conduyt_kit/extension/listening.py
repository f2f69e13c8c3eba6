"""Listeners that users make: rows (webhooks, automations) that name the events they are to be told of.

Every write must know whether somebody listens, and hardly ever does anybody. So each process remembers, for a few seconds, which
events a workspace listens to. What another process has changed meanwhile is found by a second look at the recorded events: no event
of a committed write is missed, some are told a few seconds later.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.events import AFTER, EVENT, Happened, Subscription
from conduyt_kit.kernel.jobs import JobSpec, NewJob
from conduyt_kit.kernel.query import AllOf, Compare, Op, query
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork

REMEMBERED_FOR = dt.timedelta(seconds=10)
"""How long a process may go by what it has read."""

SECOND_LOOKS = (REMEMBERED_FOR + dt.timedelta(seconds=2), dt.timedelta(minutes=10))
"""When, after a change of the listeners, the events around it are looked at again; the last for transactions that took minutes."""

_CLOCKS_DIFFER = dt.timedelta(minutes=1)
_CHUNK = 500
_LARGEST = 50_000


def listens(patterns: Iterable[str], event: str) -> bool:
    """Whether an event's name is among the patterns: names, or prefixes such as ``custom.*``."""
    return any(pattern == event or (pattern.endswith(".*") and event.startswith(pattern[:-1])) for pattern in patterns)


class ListenerMemory:
    """Which events each workspace listens to, as this process last read it. Thread-safe.

    What is forgotten is not learnt again from a transaction that began before.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[dt.datetime, frozenset[str]]] = {}
        self._barred: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def get(self, workspace: str, now: dt.datetime) -> frozenset[str] | None:
        """Return the patterns read within the last seconds, or ``None``."""
        found = self._known.get(workspace)
        return found[1] if found is not None and abs(now - found[0]) < REMEMBERED_FOR else None

    def put(self, workspace: str, read_at: dt.datetime, patterns: frozenset[str]) -> None:
        """Remember what a transaction that began at `read_at` has read."""
        with self._lock:
            if self._barred.get(workspace, read_at - REMEMBERED_FOR) < read_at:
                if len(self._known) >= _LARGEST:
                    self._known.clear()
                self._known[workspace] = (read_at, patterns)

    def forget(self, workspace: str, now: dt.datetime) -> None:
        """Forget a workspace, since its listeners changed."""
        with self._lock:
            for over in [name for name, since in self._barred.items() if now - since > REMEMBERED_FOR]:
                del self._barred[over]
            self._barred[workspace] = now
            self._known.pop(workspace, None)


@attrs.frozen(kw_only=True)
class Listening:
    """One kind of listener.

    Args:
        name: its feature's name; the subscription, the job and the memory are named after it.
        patterns: returns the event names and prefixes that active listeners of the unit's workspace name, in one storage call.
        tell: makes durable whatever is to be done about some events. The last argument says that they were found by a second look:
            some may have been told before, some may be older than the listener.
    """

    name: str
    patterns: Callable[[UnitOfWork], Iterable[str]]
    tell: Callable[[UnitOfWork, Sequence[Happened], bool], None]

    @property
    def subscription(self) -> Subscription:
        """Return the subscription of the feature to all events."""
        return Subscription(event="*", handler=self._told, when=AFTER, name=self.name, applies=self.applies)

    @property
    def job(self) -> JobSpec:
        """Return the feature's job that takes the second looks."""
        return JobSpec(kind=f"{self.name}.catch_up", run=self._catch_up)

    @property
    def provider(self) -> ProviderSpec[ListenerMemory]:
        """Return the provider of the memory; one per kit."""
        return ProviderSpec(port=self._port, name="memory", make=lambda _: ListenerMemory(), default=True)

    @property
    def _port(self) -> Port[ListenerMemory]:
        return Port(f"{self.name}_listeners", f"which events {self.name} listen to")

    def applies(self, unit: UnitOfWork, happened: Happened) -> bool:
        """Whether anybody may be listening; costs a storage call per workspace, process and ten seconds."""
        return listens(self._remembered(unit), happened.name)

    def changed(self, unit: UnitOfWork) -> None:
        """Take note that listeners were added or changed in this unit: call it with every such change."""
        self.removed(unit)
        unit.enqueue(NewJob(kind=self.job.kind, args={"since": unit.now.isoformat(), "look": 0}))

    def removed(self, unit: UnitOfWork) -> None:
        """Take note that listeners were removed in this unit."""
        memory, workspace, clock = unit.provider(self._port), unit.context.workspace, unit.environment.clock
        memory.forget(workspace, clock.now())
        unit.before_commit(lambda _: memory.forget(workspace, clock.now()))

    def _remembered(self, unit: UnitOfWork) -> frozenset[str]:
        memory = unit.provider(self._port)
        found = memory.get(unit.context.workspace, unit.now)
        if found is None:
            found = frozenset(self.patterns(unit))
            memory.put(unit.context.workspace, unit.now, found)
        return found

    def _told(self, unit: UnitOfWork, happened: Happened) -> None:
        self.tell(unit, (happened,), False)

    def _catch_up(self, run: JobRun) -> None:
        since, look = dt.datetime.fromisoformat(run.job.args["since"]), run.job.args["look"]
        with run.unit_of_work() as unit:
            # Whoever read while the change was being committed may have read the state before it.
            unit.provider(self._port).forget(run.workspace, run.environment.clock.now())
            if look == 0:
                for number, wait in enumerate(SECOND_LOOKS, start=1):
                    args = {"since": since.isoformat(), "look": number}
                    unit.enqueue(NewJob(kind=run.job.kind, key=f"{run.job.id}:{number}", args=args, due_at=since + wait))
        if look > 0:
            tell_again(run, self, since=since, until=since + REMEMBERED_FOR + _CLOCKS_DIFFER)


def tell_again(run: JobRun, listening: Listening, *, since: dt.datetime, until: dt.datetime) -> None:
    """Tell listeners of the recorded events between two times that somebody listens to; those told before are left alone."""
    after: tuple[Any, ...] | None = None
    while True:
        with run.unit_of_work() as unit:
            within = AllOf((Compare("occurred_at", Op.GE, since), Compare("occurred_at", Op.LE, until)))
            page = unit.repository(EVENT).page(query(EVENT, within, sort=("occurred_at",), after=after, limit=_CHUNK))
            patterns = frozenset(listening.patterns(unit))
            wanted = [event for event in page.records if listens(patterns, event.name)]
            if wanted:
                listening.tell(unit, wanted, True)
        if not page.more:
            return
        after = (page.records[-1].occurred_at, page.records[-1].id)


__all__ = ["ListenerMemory", "Listening", "listens", "tell_again"]
