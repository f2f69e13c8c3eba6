"""Single payments through the billing provider, for the features that want something paid."""

from typing import Any

from conduyt_kit.features.billing.attempts import open_checkout
from conduyt_kit.features.billing.entities import CheckoutAttempt
from conduyt_kit.features.billing.settling import take_up
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.features.billing.smallest_units import in_smallest_units
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.ports.billing import Charge, CheckoutPages
from conduyt_kit.ports.online_payments import PaymentPage, WantedPayment
from conduyt_kit.ports.signed_links import SIGNED_LINKS

RETURN_PATH = "/billing/return/{token}"
RETURN_PURPOSE = "payment-return"


class CheckoutPayments:
    """The `OnlinePayments` by checkouts of the billing provider."""

    def open(self, environment: Environment, context: Context, wanted: WantedPayment) -> PaymentPage:
        units = ShortUnits(environment, context)
        charge = Charge(amount=in_smallest_units(wanted.amount, wanted.currency), currency=wanted.currency, description=wanted.description)
        asked = [wanted.subject_type, wanted.subject_id, charge.amount, charge.currency, charge.description, wanted.page_url]
        attempt = take_up(units, "payment", asked, **_noted(wanted, charge))
        pages = CheckoutPages(success_url=_return_url(units, attempt), cancel_url=wanted.page_url)
        checkout = open_checkout(
            units,
            attempt,
            lambda key, metadata: units.provider.create_payment_checkout(charge, pages=pages, idempotency_key=key, metadata=metadata),
        )
        return PaymentPage(url=checkout.url, session_id=checkout.session_id)


def _noted(wanted: WantedPayment, charge: Charge) -> dict[str, Any]:
    return {
        "subject_type": wanted.subject_type,
        "subject_id": wanted.subject_id,
        "amount": charge.amount,
        "currency": charge.currency,
        "page_url": wanted.page_url,
    }


def _return_url(units: ShortUnits, attempt: CheckoutAttempt) -> str:
    links = units.environment.providers.provider(SIGNED_LINKS)
    return links.url(RETURN_PATH, RETURN_PURPOSE, workspace=units.context.workspace, id=attempt.id)
