"""Attempts at checkouts: written before the provider is asked, so that a call whose answer was lost is repeated, not made anew."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from conduyt_kit.features.billing.entities import CHECKOUT_ATTEMPT, AttemptState, CheckoutAttempt, Purpose
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BILLING, Checkout

REPEATED_FOR = dt.timedelta(hours=23)
"""How long an attempt is taken up again. Checkouts lapse after a day, and so may the provider's memory of idempotency keys; a checkout
whose address nobody was ever told cannot be paid, so a new one costs nothing."""

WORKSPACE_KEY, ATTEMPT_KEY = "conduyt_workspace", "conduyt_attempt"


class Attempts:
    """The checkout attempts of the unit's workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._attempts = unit.repository(CHECKOUT_ATTEMPT)

    def begin(self, purpose: Purpose, asked: Any, **values: Any) -> CheckoutAttempt:
        """Return the attempt to ask the provider under: the one that asks for the same and is not over, or a new one.

        Args:
            purpose: what it is for.
            asked: everything that makes two attempts the same, as JSON.
            values: further fields of a new one.
        """
        provider = self._unit.provider(BILLING).provider
        fingerprint = hashlib.sha256(json.dumps([provider, purpose, asked]).encode()).hexdigest()
        same = both(
            where(fingerprint=fingerprint),
            Compare("state", Op.IN, ("asked", "open")),
            Compare("created_at", Op.GT, self._unit.now - REPEATED_FOR),
        )
        found = self._attempts.first(same, sort=("-created_at",))
        return found or self._attempts.create(provider=provider, purpose=purpose, fingerprint=fingerprint, **values)

    def find(self, id: str) -> CheckoutAttempt | None:
        """Return an attempt, or ``None``."""
        return self._attempts.find(id)

    def opened(self, id: str, checkout: Checkout) -> None:
        """Note the checkout that the provider opened; the callback of its payment may have been faster."""
        attempt = self._attempts.get_for_update(id)
        if attempt.state == "asked":
            self._attempts.change(attempt, state="open", session_id=checkout.session_id, url=checkout.url)

    def ended(self, id: str, state: AttemptState, **values: Any) -> bool:
        """Note how an attempt ended; return False if it was over before. Money that comes for one given up still counts."""
        attempt = self._attempts.get_for_update(id)
        if attempt.state == "completed" or attempt.state == state:
            return False
        self._attempts.change(attempt, state=state, **values)
        return True


def open_checkout(units: ShortUnits, attempt: CheckoutAttempt, ask: Callable[[str, dict[str, str]], Checkout]) -> Checkout:
    """Return the checkout of a committed attempt; the provider is asked unless it has answered before.

    Args:
        units: of the attempt's workspace.
        attempt: as `Attempts.begin` gave it, committed.
        ask: asks the provider, given the idempotency key and the metadata of the call.

    Raises:
        Temporary: the attempt stays, and the same request again repeats the same call.
        Rejected: the attempt is over, and the same request again makes a new one.
        Misconfigured: as for `Temporary`, once the settings are right.
    """
    if attempt.state == "open" and attempt.url and attempt.session_id:
        return Checkout(url=attempt.url, session_id=attempt.session_id)
    try:
        checkout = ask(f"conduyt-{attempt.id}", {WORKSPACE_KEY: units.context.workspace, ATTEMPT_KEY: attempt.id})
    except Rejected as error:
        with units.write() as unit:
            unit[Attempts].ended(attempt.id, "refused", problem=error.message)
        raise
    with units.write() as unit:
        unit[Attempts].opened(attempt.id, checkout)
    return checkout
