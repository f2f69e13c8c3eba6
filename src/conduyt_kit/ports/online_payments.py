"""The port by which a feature has something paid online: an invoice, a deposit.

The feature asks for a payment's page and later learns of the payment by the event ``payment.received``, told `INSIDE` the unit of work
that notes the payment, so that what it writes then is committed with the note or not at all. The event comes once per payment, however
often and by however many ways the provider tells of it.
"""

from decimal import Decimal
from typing import ClassVar, Protocol

import attrs

from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.environment import Environment, Port
from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class WantedPayment:
    """What is to be paid.

    Args:
        subject_type, subject_id: what it is for, such as ``invoice`` and its id.
        amount, currency: how much, above zero.
        description: what the payer reads.
        page_url: where the payer goes afterwards, or by turning back.
    """

    subject_type: str
    subject_id: str
    amount: Decimal
    currency: str
    description: str
    page_url: str


@attrs.frozen(kw_only=True)
class PaymentPage:
    """The page that takes a payment."""

    url: str
    session_id: str


@attrs.frozen(kw_only=True)
class PaymentReceived(Event):
    """Money has arrived. `external_id` is the provider's id of the payment, unique among those of the `provider`.

    `amount` is a decimal number as text, exact; it may be more than is still open.
    """

    name: ClassVar[str] = "payment.received"
    description: ClassVar[str] = "A payment was made online."

    subject_type: str = attrs.field(metadata={"description": "what was paid, such as invoice"})
    subject_id: str = attrs.field(metadata={"description": "the id of what was paid"})
    amount: str = attrs.field(metadata={"description": "how much, a decimal number as text"})
    currency: str = attrs.field(metadata={"description": "the currency, three letters"})
    provider: str = attrs.field(metadata={"description": "who took the money"})
    external_id: str = attrs.field(metadata={"description": "the provider's id of the payment"})


class OnlinePayments(Protocol):
    """Takes payments on a page of a provider's. Thread-safe."""

    def open(self, environment: Environment, context: Context, wanted: WantedPayment) -> PaymentPage:
        """Return the page that takes a payment. While one for the same payment is open, it is that one.

        Calls the provider, so no unit of work of the caller may be open in this thread.

        Raises:
            ValidationFailed: the currency has no unit so small as the amount needs.
            Temporary, Rejected, Misconfigured: the provider's; nothing is half done, and the call may be repeated.
            Unsupported: nothing in this kit takes payments.
        """


ONLINE_PAYMENTS: Port[OnlinePayments] = Port("online_payments", "how invoices are paid online")
