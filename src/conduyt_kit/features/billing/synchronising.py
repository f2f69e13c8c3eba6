"""Bringing the account up to the provider's state, which is fetched and never taken from an event."""

from conduyt_kit.features.billing.accounts import BillingAccounts
from conduyt_kit.features.billing.consumed import consume, was_consumed
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.ports.billing import BillingEvent

_TRIES = 10


def synchronise(units: ShortUnits, event: BillingEvent | None = None) -> None:
    """Fetch the subscription and write it, together with the event that was the reason; an event consumed before changes nothing.

    A state fetched before another one was written may be the older one, so it is fetched again: the last state written was always
    fetched after the one before it had been written.

    Raises:
        Temporary, Rejected, Misconfigured: the provider's; nothing was written.
        Contention: others kept writing; the event will be sent again.
    """
    for _ in range(_TRIES):
        with units.read() as unit:
            account = unit[BillingAccounts].find()
        if account is None or account.customer is None:
            return
        fetched = units.provider.fetch_subscription(account.customer)
        with units.write() as unit:
            if event is not None and was_consumed(unit, event):
                return
            if unit[BillingAccounts].take(fetched, seen=account.revision):
                if event is not None:
                    consume(unit, event)
                return
    raise Contention("The subscription is being updated by others; try again")
