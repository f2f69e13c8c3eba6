"""Gathers what plugins registered into registries, and refuses what conflicts, before anything runs.

Two records of one name never override each other silently: each conflict is one sentence with plugin, cause and remedy.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

from conduyt_kit.extension.manager import PluginManager
from conduyt_kit.extension.records import (
    ActionSpec,
    CommandSpec,
    FeatureSpec,
    HealthCheck,
    ProviderSpec,
    Registered,
    Schedule,
)
from conduyt_kit.kernel.audit import ACTIVITY, ACTIVITY_SUBJECT
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.errors import PluginError
from conduyt_kit.kernel.events import EVENT, EventCatalogue, EventSpec, Subscription
from conduyt_kit.kernel.idempotency import IDEMPOTENT_REPLY
from conduyt_kit.kernel.jobs import JOB, JobSpec
from conduyt_kit.kernel.lifecycle_events import event_specs_of, spec_of_event
from conduyt_kit.kernel.retention import CLEANUP_JOB, CLEANUP_SCHEDULE
from conduyt_kit.kernel.runs import DELIVERY_JOB
from conduyt_kit.kernel.settings import SettingsSpec

T = TypeVar("T")

KERNEL = "kernel"
KERNEL_ENTITIES: tuple[EntitySpec[Any], ...] = (JOB, EVENT, ACTIVITY, ACTIVITY_SUBJECT, IDEMPOTENT_REPLY)


@attrs.frozen(kw_only=True)
class Assembly:
    """Everything that the plugins of a kit registered, checked for conflicts."""

    features: tuple[Registered[FeatureSpec], ...]
    entities: Mapping[str, EntitySpec[Any]]
    owners: Mapping[str, str]
    """The plugin that declared each entity, by the entity's name."""
    services: frozenset[type]
    endpoints: tuple[Endpoint, ...]
    events: EventCatalogue
    jobs: Mapping[str, JobSpec]
    schedules: tuple[Schedule, ...]
    actions: Mapping[str, ActionSpec]
    commands: tuple[Registered[CommandSpec], ...]
    health_checks: tuple[Registered[HealthCheck], ...]
    providers: tuple[Registered[ProviderSpec[Any]], ...]


def settings_specs(manager: PluginManager) -> tuple[SettingsSpec, ...]:
    """Return the settings sections that the plugins and their features declare.

    Raises:
        PluginError: two plugins claim one section.
    """
    found = list(manager.collect("conduyt_settings", SettingsSpec))
    for item in manager.collect("conduyt_features", FeatureSpec):
        found.extend(Registered(plugin=item.plugin, record=spec) for spec in item.record.settings)
    _unique("settings section", found, lambda spec: spec.name)
    return tuple(item.record for item in found)


def assemble(manager: PluginManager, enabled: Iterable[str]) -> Assembly:
    """Return the registries of the enabled features (all when empty) and of everything registered beside them.

    Raises:
        PluginError: a conflict, an unknown feature name, or a feature without one that it requires.
    """
    features = _enabled(manager.collect("conduyt_features", FeatureSpec), tuple(enabled))
    entities = [Registered(plugin=KERNEL, record=spec) for spec in KERNEL_ENTITIES] + _parts(features, lambda f: f.entities)
    jobs = [Registered(plugin=KERNEL, record=spec) for spec in (DELIVERY_JOB, CLEANUP_JOB)] + _parts(features, lambda f: f.jobs)
    endpoints = _parts(features, lambda f: f.endpoints) + list(manager.collect("conduyt_endpoints", Endpoint))
    subscriptions = _parts(features, lambda f: f.subscriptions) + list(manager.collect("conduyt_subscriptions", Subscription))
    actions = _parts(features, lambda f: f.actions) + list(manager.collect("conduyt_actions", ActionSpec))
    schedules = [Registered(plugin=KERNEL, record=CLEANUP_SCHEDULE), *_parts(features, lambda f: f.schedules)]
    _unique("feature", features, lambda f: f.name)
    _unique("entity", entities, lambda spec: spec.name)
    _unique("endpoint", endpoints, lambda e: f"{e.method} {_shape(e.route)}")
    _unique("kind of job", jobs, lambda spec: spec.kind)
    _unique("subscription", subscriptions, lambda s: s.name)
    _unique("workflow action", actions, lambda a: a.name)
    _unique("schedule", schedules, lambda s: s.name)
    return Assembly(
        features=tuple(features),
        entities={item.record.name: item.record for item in entities},
        owners={item.record.name: item.plugin for item in entities},
        services=frozenset(item.record for item in _parts(features, lambda f: f.services)),
        endpoints=tuple(item.record for item in endpoints),
        events=_events(features, entities, subscriptions),
        jobs={item.record.kind: item.record for item in jobs},
        schedules=tuple(item.record for item in schedules),
        actions={item.record.name: item.record for item in actions},
        commands=manager.collect("conduyt_commands", CommandSpec),
        health_checks=manager.collect("conduyt_health_checks", HealthCheck),
        providers=tuple(_parts(features, lambda f: f.providers)) + manager.collect("conduyt_providers", ProviderSpec),
    )


def choose_provider(
    port: Port[T],
    providers: Iterable[Registered[ProviderSpec[Any]]],
    choice: str | None,
    enabled: Callable[[ProviderSpec[Any]], bool] = lambda _: True,
) -> ProviderSpec[T]:
    """Return the provider that serves a port: the chosen one, else the only one that is no default, else the default.

    Those that are not `enabled` do not count; choosing one is a mistake.

    Raises:
        PluginError: nobody provides it, several do without a choice, or the choice names none of them.
    """
    offered = [item for item in providers if item.record.port == port]
    candidates = [item for item in offered if enabled(item.record)]
    if choice is not None:
        for item in candidates:
            if item.record.name == choice:
                return item.record
        for item in offered:
            if item.record.name == choice:
                raise PluginError(
                    f"{choice!r} is chosen for {port.name!r}, but the plugin {item.plugin!r} lacks the settings it needs; give them or"
                    " choose another in `providers`"
                )
        known = ", ".join(item.record.name for item in candidates) or "none"
        raise PluginError(f"No provider of {port.name!r} is called {choice!r} (there are: {known}); correct `providers` in the settings")
    chosen = [item for item in candidates if not item.record.default] or candidates
    if not chosen:
        raise PluginError(f"Nothing provides {port.name!r} ({port.description}); add a plugin that does to `plugins`")
    if len(chosen) > 1:
        named = " and ".join(f"{item.record.name!r} (plugin {item.plugin})" for item in chosen)
        raise PluginError(f"Both {named} provide {port.name!r}; choose one with `providers = {{{port.name} = ...}}`")
    return chosen[0].record


def _enabled(features: Iterable[Registered[FeatureSpec]], names: tuple[str, ...]) -> list[Registered[FeatureSpec]]:
    known = list(features)
    available = {item.record.name for item in known}
    unknown = [name for name in names if name not in available]
    if unknown:
        raise PluginError(f"No plugin offers the feature {unknown[0]!r} (there are: {', '.join(sorted(available))})")
    chosen = [item for item in known if not names or item.record.name in names]
    present = {item.record.name for item in chosen}
    for item in chosen:
        missing = [name for name in item.record.requires if name not in present]
        if missing:
            raise PluginError(f"The feature {item.record.name!r} requires {missing[0]!r}; enable it or leave both out")
    return chosen


def _parts(features: Iterable[Registered[FeatureSpec]], part: Callable[[FeatureSpec], Iterable[T]]) -> list[Registered[T]]:
    return [Registered(plugin=item.plugin, record=record) for item in features for record in part(item.record)]


def _unique(what: str, items: Iterable[Registered[Any]], name_of: Callable[[Any], str]) -> None:
    seen: dict[str, str] = {}
    for item in items:
        name = name_of(item.record)
        if name in seen:
            one, other = seen[name], item.plugin
            who = f"by the plugins {one!r} and {other!r}" if one != other else f"twice by the plugin {one!r}"
            raise PluginError(f"The {what} {name!r} is registered {who}; rename or remove one")
        seen[name] = item.plugin


def _shape(route: str) -> str:
    return "/".join(":" if part.startswith(":") else part for part in route.split("/"))


def _events(
    features: Iterable[Registered[FeatureSpec]],
    entities: Iterable[Registered[EntitySpec[Any]]],
    subscriptions: Iterable[Registered[Subscription]],
) -> EventCatalogue:
    specs: list[Registered[EventSpec]] = [
        Registered(plugin=item.plugin, record=spec) for item in entities for spec in event_specs_of(item.record)
    ]
    specs += [Registered(plugin=item.plugin, record=spec_of_event(item.record)) for item in _parts(features, lambda f: f.events)]
    _unique("event", specs, lambda spec: spec.name)
    return EventCatalogue({item.record.name: item.record for item in specs}, tuple(item.record for item in subscriptions))
