"""The documented endpoints of billing, the provider's callback, and the payer's return."""

import logging

import attrs

from conduyt_kit.features.billing.accounts import BillingAccounts, is_outdated
from conduyt_kit.features.billing.attempts import Attempts
from conduyt_kit.features.billing.callbacks import take_callback
from conduyt_kit.features.billing.checkouts import Checkouts
from conduyt_kit.features.billing.inputs import CheckoutInput
from conduyt_kit.features.billing.online_payments import RETURN_PATH, RETURN_PURPOSE
from conduyt_kit.features.billing.plans import Plans, plan_in_force
from conduyt_kit.features.billing.settings import BillingSettings
from conduyt_kit.features.billing.settling import settle
from conduyt_kit.features.billing.short_units import ShortUnits, units_of
from conduyt_kit.features.billing.synchronising import synchronise
from conduyt_kit.features.billing.usage import messages_sent, used
from conduyt_kit.features.billing.views import CallbackTaken, CheckoutView, PortalView, SeatsView, StatusView, UsageView
from conduyt_kit.kernel.context import Context, Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Reply
from conduyt_kit.kernel.errors import Contention, NotFound, ProviderError
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.messages import Callback
from conduyt_kit.ports.signed_links import SIGNED_LINKS

SECTION = "Billing"
CALLBACK_PATH = "/billing/webhook"

_log = logging.getLogger("conduyt.billing")


def create_checkout(call: Call[None, CheckoutInput]) -> CheckoutView:
    checkout = Checkouts(units_of(call)).subscribe(**attrs.asdict(call.body))
    return CheckoutView(checkout_url=checkout.url, session_id=checkout.session_id)


def create_portal(call: Call[None, None]) -> PortalView:
    return PortalView(portal_url=Checkouts(units_of(call)).portal_url())


def get_status(call: Call[None, None]) -> StatusView:
    _catch_up(units_of(call))
    return _status(call.unit)


def _catch_up(units: ShortUnits) -> None:
    with units.read() as unit:
        account, now = unit[BillingAccounts].find(), unit.now
    if account is None or not is_outdated(account, now):
        return
    try:
        synchronise(units)
    except (ProviderError, Contention) as error:
        _log.warning("the subscription of %s cannot be fetched: %s", units.context.workspace, error.message)


def _status(unit: UnitOfWork) -> StatusView:
    account, plan = unit[BillingAccounts].find(), plan_in_force(unit)
    plans = Plans(unit.settings(BillingSettings), unit.provider(BILLING).provider)
    return StatusView(
        plan=plan,
        status=account.status if account else "none",
        interval=account.interval if account else None,
        current_period_end=account.current_period_end if account else None,
        seats=SeatsView(used=used(unit, "seats"), included=plans.included_seats(plan)),
        usage=UsageView(
            contacts=used(unit, "contacts"), sms_messages=messages_sent(unit, "sms"), email_messages=messages_sent(unit, "email")
        ),
    )


def receive_callback(call: Call[None, None]) -> CallbackTaken:
    request = call.request
    public_url = call.environment.settings.section(KitSettings).public_url.rstrip("/")
    callback = Callback(url=public_url + request.target, headers=request.headers, body=request.body)
    take_callback(call.environment, callback, correlation_id=request.id)
    return CallbackTaken(received=True)


def return_from_payment(call: Call[None, None]) -> Reply:
    signed = call.environment.providers.provider(SIGNED_LINKS).read(call.path["token"], RETURN_PURPOSE)
    units = ShortUnits(call.environment, Context(workspace=signed.workspace, correlation_id=call.request.id))
    with units.read() as unit:
        attempt = unit[Attempts].find(signed.id)
    if attempt is None or attempt.page_url is None:
        raise NotFound("This link is not valid")
    if attempt.session_id is not None and attempt.state != "completed":
        try:
            settle(units, attempt.id, attempt.session_id)
        except ProviderError as error:
            # The payer is not to blame, and the callback tells the same.
            _log.warning("the checkout %s cannot be fetched: %s", attempt.session_id, error.message)
    return Reply(status=303, headers={"Location": attempt.page_url, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/billing/checkout",
        section=SECTION,
        summary="Create a checkout session for subscribing to a plan.",
        operation=create_checkout,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=CheckoutView,
        body=CheckoutInput,
        errors=(409, 422, 502),
    ),
    Endpoint(
        method="POST",
        path="/billing/portal",
        section=SECTION,
        summary="Generate a URL of the portal for managing the subscription, payment methods, and invoices.",
        operation=create_portal,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=PortalView,
        errors=(409, 502),
    ),
    Endpoint(
        method="GET",
        path="/billing/status",
        section=SECTION,
        summary="Get the current subscription status, plan, and usage for the workspace.",
        operation=get_status,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=StatusView,
    ),
    Endpoint(
        method="POST",
        path=CALLBACK_PATH,
        section=SECTION,
        summary="The billing provider's callback, checked by its signature over the raw body.",
        operation=receive_callback,
        scope=None,
        envelope=Envelope.BARE,
        reply=CallbackTaken,
        errors=(400, 403, 502),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path=RETURN_PATH.replace("{token}", ":token"),
        root="",
        section=SECTION,
        summary="Where a payer arrives after paying; the payment is noted, and the page of what was paid follows.",
        operation=return_from_payment,
        scope=None,
        envelope=Envelope.RAW,
        status=303,
        errors=(404,),
        extension=True,
        limit="120/minute",
    ),
)
