"""What the endpoints take."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.invoices.entities import CENTS, QUANTITY_PLACES, RATE_PLACES, InvoiceStatus, PaymentMethod
from conduyt_kit.features.products.entities import Price
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.money import round_half_up, to_scaled
from conduyt_kit.kernel.values import Id, LongText, Name, Rule, ShortText, Since


def _due_date(value: Any) -> dt.date:
    if isinstance(value, str):
        try:
            if len(value) == 10:
                return dt.date.fromisoformat(value)
            at = dt.datetime.fromisoformat(value.upper())
            return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).date()
        except (ValueError, OverflowError):
            pass
    raise ValueError("Must be a date such as 2026-05-19")


def _cents(value: Decimal) -> Decimal:
    try:
        to_scaled(value, CENTS)
    except ValueError:
        raise ValueError("Must have at most two decimal places") from None
    return value


def _quantity(value: Decimal) -> Decimal:
    rounded = round_half_up(value, QUANTITY_PLACES)
    if not rounded:
        raise ValueError(f"Must be at least {Decimal(1).scaleb(-QUANTITY_PLACES):f}")
    return rounded


DueDate = Annotated[Any, Rule("due_date", _due_date, {"type": "string", "format": "date"})]
"""A date; a date-time is taken for its day in UTC (A10)."""

Quantity = Annotated[Decimal, Meta(gt=0, le=1_000_000_000), Rule("quantity", _quantity)]
TaxRate = Annotated[
    Decimal,
    Meta(ge=0, le=1, description="Tax rate as decimal (e.g., 0.0875 for 8.75%)"),
    Rule("tax_rate", lambda rate: round_half_up(rate, RATE_PLACES)),
]
PaidAmount = Annotated[Decimal, Meta(gt=0, le=1_000_000_000_000, description="Payment amount in dollars"), Rule("cents", _cents)]


@attrs.frozen(kw_only=True)
class LineInput:
    """A line. The amount, as answers show it, is accepted and ignored (R119).

    On a change, the id of one of the invoice's lines keeps its product, which answers do not show (A37).
    """

    id: Any = None
    amount: Any = None
    description: Name
    quantity: Quantity
    unit_price: Price
    product_id: Id | None = None


@attrs.frozen(kw_only=True)
class InvoiceInput:
    """A new invoice; it is a draft."""

    contact_id: Id
    items: Annotated[list[LineInput], Meta(min_length=1, max_length=500)]
    tax_rate: TaxRate | None = None
    due_date: DueDate | None = None
    notes: Annotated[LongText, Meta(description="Notes displayed on the invoice")] | None = None


InvoiceChanges = patch_of(InvoiceInput)


@attrs.frozen(kw_only=True)
class PaymentInput:
    """A payment to record."""

    amount: PaidAmount
    method: PaymentMethod | None = None
    reference: Annotated[ShortText, Meta(description="External reference (check number, wire ref, etc.)")] | None = None
    notes: Annotated[LongText, Meta(description="Internal notes about this payment")] | None = None


@attrs.frozen(kw_only=True)
class InvoiceQuery(PageQuery):
    status: Annotated[InvoiceStatus, Meta(description="Filter by status: draft, sent, paid, overdue, void")] | None = None
    contact_id: Annotated[str, Meta(description="Filter by contact ID")] | None = None
    due_after: Annotated[Since, Meta(description="Invoices due after this date")] | None = attrs.field(
        default=None, metadata={"wire": "due_after"}
    )
    due_before: Annotated[Since, Meta(description="Invoices due before this date")] | None = attrs.field(
        default=None, metadata={"wire": "due_before"}
    )
