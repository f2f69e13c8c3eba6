"""Units of work around calls of the provider, never across them.

A call may take ten seconds. A transaction that is open meanwhile holds its locks, on a database with one writer all of them. So what is
about to be asked is committed, then the provider is asked, then what it said is committed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.endpoints import Call
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BILLING, BillingProvider

LOCK = "billing"
"""The lock of a workspace under which its account, attempts and consumed events change."""


class ShortUnits:
    """Opens units of work of one context; each is to be ended before the provider is asked."""

    def __init__(self, environment: Environment, context: Context) -> None:
        self.environment = environment
        self.context = context

    @property
    def provider(self) -> BillingProvider:
        """Return the billing provider."""
        return self.environment.providers.provider(BILLING)

    def read(self) -> UnitOfWork:
        """Open a unit that only reads."""
        return UnitOfWork(self.environment, self.context, write=False)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a unit that writes, alone among those of the workspace's billing; it commits at the end of the block."""
        with UnitOfWork(self.environment, self.context) as unit:
            unit.lock(LOCK)
            yield unit


def units_of(call: Call[Any, Any]) -> ShortUnits:
    """Return the short units of a call, after giving up its own unit of work, in which nothing may have been written.

    With an ``Idempotency-Key``, that ends the lock of the key as well: another process may run the same request meanwhile. The attempt
    under which both ask the provider is one and the same, so it gives both one checkout.
    """
    context = call.unit.context
    for unit in call.units:
        unit.rollback()
    call.units.clear()
    return ShortUnits(call.environment, context)
