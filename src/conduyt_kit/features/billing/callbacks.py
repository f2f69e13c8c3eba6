"""Consuming the provider's callbacks: whose they are, and what is to be fetched because of them (X20)."""

import logging

import attrs

from conduyt_kit.features.billing.attempts import ATTEMPT_KEY, WORKSPACE_KEY
from conduyt_kit.features.billing.consumed import was_consumed
from conduyt_kit.features.billing.entities import BILLING_ACCOUNT, CHECKOUT_ATTEMPT, CheckoutAttempt
from conduyt_kit.features.billing.settling import settle
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.features.billing.synchronising import synchronise
from conduyt_kit.kernel.context import Context, new_request_id
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.ports.billing import BILLING, BillingEvent
from conduyt_kit.ports.messages import Callback

_CHECKOUT_TYPES = frozenset({"checkout_completed", "checkout_failed", "checkout_expired"})

_log = logging.getLogger("conduyt.billing")


@attrs.frozen
class _Concerned:
    """Whom an event concerns: an attempt of a workspace, or only its subscription."""

    workspace: str
    attempt: CheckoutAttempt | None = None


def take_callback(environment: Environment, callback: Callback, *, correlation_id: str | None = None) -> None:
    """Consume a callback. A repeated one, and one that concerns nothing of ours, change nothing.

    Raises:
        SignatureInvalid: it is not the provider's, too old, or of the other mode.
        InvalidRequest: it is signed but holds no event.
        Temporary, Rejected, Misconfigured: what it is about cannot be fetched; nothing was written, and it should be sent again.
        Contention: as for `Temporary`.
    """
    event = environment.providers.provider(BILLING).read_event(callback)
    concerned = _concerned(environment, event)
    if concerned is None:
        _log.info("billing event %s (%s) concerns no workspace", event.id, event.provider_type)
        return
    context = Context(workspace=concerned.workspace, correlation_id=correlation_id or new_request_id())
    units = ShortUnits(environment, context)
    with units.read() as unit:
        if was_consumed(unit, event):
            return
    if concerned.attempt is None or concerned.attempt.purpose == "subscription":
        synchronise(units, event)
    elif event.type in _CHECKOUT_TYPES:
        settle(units, concerned.attempt.id, event.object_id, event)


def _concerned(environment: Environment, event: BillingEvent) -> _Concerned | None:
    provider = environment.providers.provider(BILLING).provider
    workspace, id = event.metadata.get(WORKSPACE_KEY), event.metadata.get(ATTEMPT_KEY)
    if workspace and id:
        # The account at the provider may serve several installations: only what we asked for is ours.
        attempt = environment.storage.begin(workspace, write=False).get(CHECKOUT_ATTEMPT, id)
        if attempt is not None and attempt.provider == provider:
            return _Concerned(workspace, attempt)
    for located in environment.storage.locate(BILLING_ACCOUNT, "customer", event.customer) if event.customer else ():
        if located.record.provider == provider:
            return _Concerned(located.workspace)
    return None
