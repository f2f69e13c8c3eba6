"""The pages behind fake billing's checkouts and portal. With any other provider, they are not found."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from conduyt_kit.defaults.fake_billing import PERIODS, FakeBilling
from conduyt_kit.features.auth.pages import FORM, form_fields
from conduyt_kit.features.billing.callbacks import take_callback
from conduyt_kit.features.billing.pretend_html import checkout_page, portal_page, unknown_page
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Method, Reply
from conduyt_kit.kernel.errors import InvalidRequest, Rejected
from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.messages import Callback

SECTION = "Billing"
CHECKOUT_PATH = "/fake-billing/checkout/:session"
PORTAL_PATH = "/fake-billing/portal/:session"
_SESSION_IN_URL = "{CHECKOUT_SESSION_ID}"

_SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # No form-action: after paying, the form's answer leads to an address of the caller's choice.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}


def show_checkout(call: Call[None, None]) -> Reply:
    id = call.path["session"]
    return _answered(call, lambda fake: _page(checkout_page(fake.checkout(id), _address(CHECKOUT_PATH, id))))


def submit_checkout(call: Call[None, dict[str, str]]) -> Reply:
    return _answered(call, lambda fake: _pay(call, fake, call.path["session"]))


def show_portal(call: Call[None, None]) -> Reply:
    id = call.path["session"]
    return _answered(call, lambda fake: _page(portal_page(fake.portal(id), _address(PORTAL_PATH, id))))


def submit_portal(call: Call[None, dict[str, str]]) -> Reply:
    return _answered(call, lambda fake: _manage(call, fake, call.path["session"]))


def _answered(call: Call[Any, Any], answer: Callable[[FakeBilling], Reply]) -> Reply:
    provider = call.environment.providers.provider(BILLING)
    try:
        return answer(provider) if isinstance(provider, FakeBilling) else _page(unknown_page(), status=404)
    except Rejected:
        return _page(unknown_page(), status=404)


def _pay(call: Call[None, dict[str, str]], fake: FakeBilling, id: str) -> Reply:
    found = fake.checkout(id)
    if call.body.get("action") != "pay":
        raise InvalidRequest("The form could not be read")
    if found.state.status == "expired":
        return _page(checkout_page(found, _address(CHECKOUT_PATH, id)), status=409)
    _deliver(call, _paid(fake, id) if found.state.status == "open" else _told_again(fake, id))
    return _to(found.pages.success_url.replace(_SESSION_IN_URL, id))


def _paid(fake: FakeBilling, id: str) -> Callback:
    try:
        return fake.complete(id)
    except Rejected:
        # A second click was faster.
        return _told_again(fake, id)


def _told_again(fake: FakeBilling, id: str) -> Callback:
    state = fake.checkout(id).state
    return fake.event("checkout_completed", id, customer=state.customer, metadata=state.metadata)


def _manage(call: Call[None, dict[str, str]], fake: FakeBilling, id: str) -> Reply:
    subscription = fake.portal(id).subscription
    match call.body.get("action"):
        case "cancel" | "keep" as action:
            callback = fake.change(subscription.customer, cancels_at_end=action == "cancel")
        case "fail" | "pay" as action:
            callback = fake.change(subscription.customer, status="past_due" if action == "fail" else "active")
        case "wait":
            fake.pass_time(PERIODS[subscription.interval or "monthly"])
            callback = fake.change(subscription.customer)
        case _:
            raise InvalidRequest("The form could not be read")
    _deliver(call, callback)
    return _to(_address(PORTAL_PATH, id))


def _deliver(call: Call[Any, Any], callback: Callback) -> None:
    # As a real provider would, only without the way over the network.
    take_callback(call.environment, callback, correlation_id=call.request.id)


def _address(path: str, id: str) -> str:
    return path.replace(":session", quote(id, safe=""))


def _to(url: str) -> Reply:
    return Reply(status=303, headers={**_SAFE, "Location": quote(url, safe="%/:=&?~#+!$,;'@()*[]")})


def _page(body: bytes, *, status: int = 200) -> Reply:
    return Reply(status=status, body=body, headers={**_SAFE, "Content-Type": "text/html; charset=utf-8"})


def _endpoint(method: Method, path: str, summary: str, operation: Callable[[Any], Reply]) -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        root="",
        section=SECTION,
        summary=summary,
        operation=operation,
        scope=None,
        envelope=Envelope.RAW,
        accepts={FORM: form_fields} if method == "POST" else {},
        errors=(404, 409) if method == "POST" else (404,),
        extension=True,
        limit="120/minute",
    )


PRETEND_PAGES = (
    _endpoint("GET", CHECKOUT_PATH, "The page of fake billing on which a checkout is paid.", show_checkout),
    _endpoint("POST", CHECKOUT_PATH, "Pay a checkout of fake billing.", submit_checkout),
    _endpoint("GET", PORTAL_PATH, "The page of fake billing on which a subscription is managed.", show_portal),
    _endpoint("POST", PORTAL_PATH, "Change a subscription of fake billing, or let time pass.", submit_portal),
)
