"""What a unit of work finds around it: the assembled kit, seen from the kernel."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import attrs

from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.events import EventCatalogue
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.transactions import Storage

T = TypeVar("T")


@attrs.frozen
class Port(Generic[T]):
    """The typed name of something a provider implements: ``kit.provider(PORT)`` returns a `T`.

    `name` is how settings choose among several providers (``providers = {storage = "sqlalchemy"}``).
    """

    name: str
    description: str = attrs.field(default="", eq=False)


class Providers(Protocol):
    """Hands out the chosen implementation of each port."""

    def provider(self, port: Port[T]) -> T:
        """Return the implementation.

        Raises:
            PluginError: nobody provides the port.
        """


class SettingsSource(Protocol):
    """Hands out settings sections."""

    def section(self, cls: type[T]) -> T:
        """Return the loaded settings section of that class."""


@attrs.frozen(kw_only=True)
class Environment:
    """The registries of one kit. Built once; nothing in it changes while the kit lives."""

    storage: Storage
    clock: Clock
    entities: Mapping[str, EntitySpec[Any]]
    services: frozenset[type]
    events: EventCatalogue
    jobs: Mapping[str, JobSpec]
    providers: Providers
    settings: SettingsSource
    hint: Callable[[Sequence[tuple[str, str]]], None]
    """Tells the job runner, after a commit, that these (workspace, job id) exist. Never raises."""
    by_type: Mapping[type, EntitySpec[Any]] = attrs.field(init=False)
    children: Mapping[str, tuple[tuple[EntitySpec[Any], str], ...]] = attrs.field(init=False)
    """For each entity, the (entity, reference field) pairs that refer to it."""

    @by_type.default
    def _by_type(self) -> Mapping[type, EntitySpec[Any]]:
        return {spec.type: spec for spec in self.entities.values()}

    @children.default
    def _children(self) -> Mapping[str, tuple[tuple[EntitySpec[Any], str], ...]]:
        found: dict[str, list[tuple[EntitySpec[Any], str]]] = {name: [] for name in self.entities}
        for spec in self.entities.values():
            for field in spec.refs:
                if field.ref is not None and field.ref.entity in found:
                    found[field.ref.entity].append((spec, field.name))
        return {name: tuple(pairs) for name, pairs in found.items()}

    def spec_of(self, cls: type[T]) -> EntitySpec[T]:
        """Return the specification of an entity class.

        Raises:
            SpecError: no enabled feature declares it.
        """
        spec = self.by_type.get(cls)
        if spec is None:
            raise SpecError(f"{cls.__name__} is not an entity of this kit; is its feature enabled?")
        return spec

    def spec_named(self, name: str) -> EntitySpec[Any] | None:
        """Return the specification of the entity of that name, or ``None`` where its feature is left out."""
        return self.entities.get(name)
