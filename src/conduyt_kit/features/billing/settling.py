"""How checkouts ended. A payment is noted once, whether the payer's return or the provider's callback is the first to tell of it."""

from typing import Any

from conduyt_kit.features.billing.attempts import Attempts
from conduyt_kit.features.billing.consumed import consume
from conduyt_kit.features.billing.entities import CheckoutAttempt, Purpose
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.features.billing.smallest_units import from_smallest_units
from conduyt_kit.kernel.errors import Conflict, Rejected
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BillingEvent, CheckoutState
from conduyt_kit.ports.online_payments import PaymentReceived


def settle(units: ShortUnits, attempt_id: str, session_id: str, event: BillingEvent | None = None) -> CheckoutState:
    """Fetch how a payment's checkout stands, write what came of it together with the event that was the reason, and return it.

    Raises:
        Temporary, Rejected, Misconfigured: the provider's; nothing was written.
    """
    state = units.provider.fetch_checkout(session_id)
    with units.write() as unit:
        if event is None or consume(unit, event):
            _write(unit, attempt_id, state, failed=event is not None and event.type == "checkout_failed")
    return state


def take_up(units: ShortUnits, purpose: Purpose, asked: Any, **values: Any) -> CheckoutAttempt:
    """Return a committed attempt to ask the provider under, as `Attempts.begin`, but none whose checkout has ended unheard of.

    Raises:
        Conflict: it is a payment, and was made.
        Temporary, Misconfigured: the provider's.
    """
    attempt = _begun(units, purpose, asked, values)
    if attempt.state == "open" and not _is_open(units, attempt):
        attempt = _begun(units, purpose, asked, values)
    return attempt


def _begun(units: ShortUnits, purpose: Purpose, asked: Any, values: dict[str, Any]) -> CheckoutAttempt:
    with units.write() as unit:
        return unit[Attempts].begin(purpose, asked, **values)


def _is_open(units: ShortUnits, attempt: CheckoutAttempt) -> bool:
    try:
        state = settle(units, attempt.id, attempt.session_id or "")
    except Rejected as error:
        # The provider has forgotten it, as fake billing does when it is restarted.
        with units.write() as unit:
            unit[Attempts].ended(attempt.id, "expired", problem=error.message)
        return False
    if state.status == "complete" and attempt.purpose == "payment":
        raise Conflict("This has been paid, or its payment is on the way")
    return state.status == "open"


def _write(unit: UnitOfWork, attempt_id: str, state: CheckoutState, *, failed: bool) -> None:
    attempts = unit[Attempts]
    attempt = attempts.find(attempt_id)
    if attempt is None:
        return
    if state.paid or (state.status == "complete" and attempt.purpose == "subscription"):
        if attempts.ended(attempt_id, "completed", session_id=state.session_id) and attempt.purpose == "payment":
            unit.emit(_received(attempt, state))
    elif state.status == "expired" or failed:
        attempts.ended(attempt_id, "expired", session_id=state.session_id)


def _received(attempt: CheckoutAttempt, state: CheckoutState) -> PaymentReceived:
    currency = state.currency or attempt.currency or ""
    amount = attempt.amount if state.amount is None else state.amount
    return PaymentReceived(
        subject_type=attempt.subject_type or "",
        subject_id=attempt.subject_id or "",
        amount=str(from_smallest_units(amount or 0, currency)),
        currency=currency,
        provider=attempt.provider,
        external_id=state.payment_id or state.session_id,
    )
