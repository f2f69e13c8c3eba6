"""Which events concern a workspace's workflows, and what becomes of them: see `extension.listening`."""

from collections.abc import Iterable, Sequence

from conduyt_kit.extension.listening import Listening
from conduyt_kit.features.workflows.entities import WORKFLOW
from conduyt_kit.features.workflows.starting import RunStarter
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.query import Aggregate, Measure, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def patterns(unit: UnitOfWork) -> Iterable[str]:
    """Return the events that active workflows wait for."""
    counted = Aggregate(measures=(Measure(name="workflows"),), where=where(status="active"), group_by=("trigger_event",))
    return [group.by["trigger_event"] for group in unit.repository(WORKFLOW).aggregate(counted)]


def tell(unit: UnitOfWork, events: Sequence[Happened], _: bool) -> None:
    """Start the runs that follow on these events; where they were told before, those that are missing."""
    unit[RunStarter].start_for(events)


LISTENING = Listening(name="workflows", patterns=patterns, tell=tell)
