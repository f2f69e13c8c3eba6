"""Stripe's errors as the port's, in words a person understands."""

import stripe

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary

PROVIDER = "stripe"
_BUSY = frozenset({"idempotency_key_in_use", "lock_timeout", "rate_limit"})


def translate(error: stripe.StripeError) -> ProviderError:
    """Return the port's error for one of the stripe library."""
    if isinstance(error, stripe.AuthenticationError):
        return Misconfigured("Stripe refuses the key; correct CONDUYT_STRIPE_API_KEY", PROVIDER)
    if isinstance(error, stripe.PermissionError):
        return Misconfigured("The Stripe key may not do this; give CONDUYT_STRIPE_API_KEY a key with more permissions", PROVIDER)
    if isinstance(error, stripe.APIConnectionError):
        return Temporary("Stripe cannot be reached or does not answer in time", PROVIDER)
    status = error.http_status or 0
    if isinstance(error, stripe.RateLimitError) or status == 409 or status >= 500 or (error.code or "") in _BUSY:
        return Temporary(f"Stripe is busy ({status})", PROVIDER, _retry_after(error))
    if isinstance(error, stripe.IdempotencyError):
        return Rejected("The idempotency key was used before with other arguments", PROVIDER)
    if isinstance(error, stripe.APIError):
        return Temporary("Stripe's answer cannot be read", PROVIDER)
    return Rejected(f"Stripe refuses: {' '.join((error.user_message or 'no reason given').split())[:300]}", PROVIDER)


def is_missing(error: stripe.StripeError) -> bool:
    """Whether the error says that an id is unknown."""
    return isinstance(error, stripe.InvalidRequestError) and error.code == "resource_missing"


def _retry_after(error: stripe.StripeError) -> float | None:
    given = str((error.headers or {}).get("retry-after", ""))
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None
