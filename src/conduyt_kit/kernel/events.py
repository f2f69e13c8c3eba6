"""Events: what happened, told to whoever subscribed, in the same transaction or durably after it.

An event is written as a row in the transaction that caused it: no event without its commit, no commit without its event.
"""

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.naming import camel

CUSTOM_PREFIX = "custom."
"""Names that callers may make up begin with this; every other name must be in the catalogue."""


@attrs.frozen(kw_only=True)
class Event:
    """Base class of a feature's own events (beside the created, updated and deleted events that entities have by declaration).

    Subclasses are frozen attrs classes that set `name` (``"deal.stage_changed"``) and `description`. Their fields are the event's
    data, shown in camelCase; `subject` is the record the event is about.
    """

    name: ClassVar[str] = ""
    version: ClassVar[int] = 1
    description: ClassVar[str] = ""
    entity: ClassVar[str | None] = None
    """The entity type of `subject`."""

    @property
    def subject(self) -> str | None:
        """Return the id of the record it is about; by default the field ``<entity>_id`` or ``id``."""
        found = getattr(self, f"{self.entity}_id", None) if self.entity else None
        return found if isinstance(found, str) else getattr(self, "id", None)

    def data(self) -> dict[str, Any]:
        """Return the fields as a JSON object with camelCase names."""
        return {camel(field.name): plain(getattr(self, field.name)) for field in attrs.fields(type(self))}


@attrs.frozen(kw_only=True)
class Happened:
    """An event as it was recorded: also the row of the event log.

    `data` is what subscribers are given; `causation` the ids of the events that led to this one, oldest first.
    """

    id: str
    name: str
    version: int = 1
    data: dict[str, Any] = attrs.field(factory=dict)
    entity_type: str | None = None
    entity_id: str | None = None
    actor_id: str | None = None
    correlation_id: str | None = None
    causation: list[str] = attrs.field(factory=list)
    occurred_at: dt.datetime


EVENT: EntitySpec[Happened] = entity(
    Happened,
    name="event",
    new_id=ids.sortable("evt_"),
    indexes=[("-occurred_at",), ("name", "-occurred_at")],
    sort=("-occurred_at",),
    events=False,
    audited=False,
    counted=False,
)


class When(enum.Enum):
    """When a subscription is told."""

    INSIDE = "inside"
    """In the same unit of work; its failure fails the whole transaction."""
    AFTER = "after"
    """After the commit, by a durable job of its own; its failure is logged and retried, and touches nobody else."""


INSIDE = When.INSIDE
AFTER = When.AFTER


@attrs.frozen(kw_only=True)
class Subscription:
    """Asks to be told of events.

    Args:
        event: an event's name, ``"*"`` for all, or a prefix such as ``"contact.*"``.
        handler: called with the unit of work and the event. For `AFTER`, it must be idempotent: it may be called again after a crash.
        when: `INSIDE` or `AFTER`.
        name: a stable name, unique in the kit; part of the durable job's key.
        applies: a cheap test, asked before an `AFTER` job is made for an event; ``None`` means always.
    """

    event: str
    handler: Callable[[Any, Happened], None]
    when: When
    name: str
    applies: Callable[[Any, Happened], bool] | None = None

    def matches(self, event: str) -> bool:
        """Whether it asks for events of that name."""
        return self.event in ("*", event) or (self.event.endswith(".*") and event.startswith(self.event[:-1]))


@attrs.frozen(kw_only=True)
class EventSpec:
    """An entry of the event catalogue (X5): `fields` maps each camelCase name of the data to what it means."""

    name: str
    description: str
    version: int = 1
    entity: str | None = None
    fields: Mapping[str, str] = attrs.field(factory=dict)


class EventCatalogue:
    """All events of all enabled features and plugins, and who subscribed to them."""

    def __init__(self, specs: Mapping[str, EventSpec], subscriptions: tuple[Subscription, ...]) -> None:
        self.specs = dict(sorted(specs.items()))
        self.subscriptions = subscriptions
        self._known = {(name, when): self._matching(name, when) for name in self.specs for when in When}

    def knows(self, name: str) -> bool:
        """Whether the name is in the catalogue or in the space callers may use."""
        return name in self.specs or (name.startswith(CUSTOM_PREFIX) and len(name) > len(CUSTOM_PREFIX))

    def subscribers(self, name: str, when: When) -> tuple[Subscription, ...]:
        """Return who is to be told of an event of that name, in the order of declaration."""
        known = self._known.get((name, when))
        return self._matching(name, when) if known is None else known

    def _matching(self, name: str, when: When) -> tuple[Subscription, ...]:
        return tuple(s for s in self.subscriptions if s.when is when and s.matches(name))
