"""The records that plugins register: plain data, read once while the kit is built."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.environment import Environment, Port
from conduyt_kit.kernel.events import Event, Subscription
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.schedules import Schedule
from conduyt_kit.kernel.settings import SettingsSpec

if TYPE_CHECKING:
    import click

    from conduyt_kit.kernel.unit_of_work import UnitOfWork
    from conduyt_kit.kit import Kit

T = TypeVar("T")

__all__ = [
    "ActionSpec",
    "CommandSpec",
    "DemoSpec",
    "Endpoint",
    "FeatureSpec",
    "HealthCheck",
    "JobSpec",
    "ProviderSpec",
    "Schedule",
    "SettingsSpec",
    "Subscription",
]


@attrs.frozen(kw_only=True)
class DemoSpec:
    """Fills a workspace with believable data for one feature: ``conduyt demo``.

    `fill` gets an admin's unit of work and a dict shared by all features of the run, where earlier ones leave what later ones may use.
    """

    fill: "Callable[[UnitOfWork, dict[str, Any]], None]"


@attrs.frozen(kw_only=True)
class ActionSpec:
    """A workflow action type, called `name`.

    `config` is the attrs class of its configuration, read as strictly as a request's body; cross-field mistakes are `ValueError`s of
    its ``__attrs_post_init__``. If it has a field ``delay``, the run waits that many minutes before the action (A40).

    `run` gets the run's unit of work, the configuration and the event's context, and returns what the run's log shows as the result.
    What it writes, the result and the run's progress are one commit, so it happens once whatever crashes. The context has the event's
    data with its aliases (``contactId`` and ``dealId`` where the event is about one), and under ``run`` the ``id`` of the run, the
    ``workflowId`` and the ``number`` of the action, from 0. A `ConduytError` of status below 500, or a `Rejected`, fails the action for
    good; other errors are tried again.

    `call` is for what must not be done inside of a transaction, such as a request to another server: it is called after that commit,
    with the environment and what `run` returned, and returns the result to show instead. After a crash it may be called again.
    """

    name: str
    description: str
    config: type
    run: "Callable[[UnitOfWork, Any, Mapping[str, Any]], Mapping[str, Any]]"
    call: "Callable[[Environment, Mapping[str, Any]], Mapping[str, Any]] | None" = None


@attrs.frozen(kw_only=True)
class FeatureSpec:
    """One capability: everything it offers, on one page.

    `name` is the feature's noun (``"contacts"``), as in its folder, its settings and its documentation. `requires` names features
    without which it cannot work; building a kit that lacks one is an error.
    """

    name: str
    description: str
    requires: tuple[str, ...] = ()
    entities: tuple[EntitySpec[Any], ...] = ()
    services: tuple[type, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    events: tuple[type[Event], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[JobSpec, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    settings: tuple[SettingsSpec, ...] = ()
    providers: "tuple[ProviderSpec[Any], ...]" = ()
    actions: tuple[ActionSpec, ...] = ()
    demo: DemoSpec | None = None


@attrs.frozen(kw_only=True)
class ProviderSpec(Generic[T]):
    """A named implementation of a port.

    `make` gets the kit and returns the implementation; it is called at the first use and must not open connections that the port
    does not need yet. If the implementation has a `close` method, it is called when the kit stops. `default` marks one that serves
    only while no other plugin provides the port. `enabled` says, once the settings are loaded, whether it serves at all; one that
    waits for a setting leaves the port to the others until it is set.
    """

    port: Port[T]
    name: str
    make: "Callable[[Kit], T]"
    default: bool = False
    enabled: "Callable[[Kit], bool]" = lambda _: True


@attrs.frozen(kw_only=True)
class CommandSpec:
    """A subcommand of ``conduyt``; `command` is a click command or group whose context object is the command line's state."""

    command: "click.Command"


@attrs.frozen(kw_only=True)
class HealthCheck:
    """A question that readiness and ``conduyt doctor`` ask.

    `check` returns a sentence on what it found, or raises a `ConduytError` whose message says what is wrong and what to do.
    A check that is not `essential` is shown by the doctor but does not make the server unready.
    """

    name: str
    check: "Callable[[Kit], str]"
    essential: bool = True


@attrs.frozen(kw_only=True)
class Registered(Generic[T]):
    """A record and the plugin it came from, so that conflicts can name the culprit."""

    plugin: str
    record: T


def records_of(registered: Sequence[Registered[T]]) -> tuple[T, ...]:
    """Return the records alone."""
    return tuple(item.record for item in registered)
