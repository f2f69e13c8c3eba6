"""Twilio's answers as the port's errors, in words a person understands."""

from collections.abc import Mapping
from typing import Any

import httpx2

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary

PROVIDER = "twilio"
REASONS: Mapping[int, str] = {
    21211: "the number is not a valid phone number",
    21217: "the number is not a valid phone number",
    21265: "an SMS cannot be sent to a short code",
    21266: "sender and recipient are the same number",
    21408: "the account may not send SMS to this country",
    21602: "the message has no text",
    21604: "the message has no recipient",
    21605: "the message is too long",
    21608: "a trial account sends only to numbers it has verified",
    21610: "the recipient has opted out by replying STOP",
    21612: "this number cannot be reached from the sender's number",
    21614: "the number cannot receive SMS",
    21617: "the message is longer than 1,600 characters",
    21635: "the number is a landline",
    30001: "the queue of the sender's number is full",
    30002: "the account is suspended",
    30003: "the phone is switched off or out of reach",
    30004: "the recipient blocks this message",
    30005: "the number is unknown or no longer in service",
    30006: "the number is a landline or its carrier cannot be reached",
    30007: "the carrier filtered the message as unwanted",
    30008: "the carrier gave no reason",
    30010: "the message is more expensive than the account allows",
    30022: "the sender's number sends more than its carriers allow",
    30032: "the toll-free sender's number is not verified",
    30034: "the sender's number is not registered for messages to the US",
    30410: "the carrier did not answer in time",
    30450: "the message was blocked as probable fraud",
    63038: "the account has sent as many messages as it may today",
}
_SETTINGS: Mapping[int, str] = {
    20003: "CONDUYT_TWILIO_ACCOUNT_SID and CONDUYT_TWILIO_AUTH_TOKEN",
    20404: "CONDUYT_TWILIO_ACCOUNT_SID",
    21212: "CONDUYT_TWILIO_FROM_NUMBER",
    21603: "CONDUYT_TWILIO_FROM_NUMBER",
    21606: "CONDUYT_TWILIO_FROM_NUMBER",
    21609: "CONDUYT_PUBLIC_URL",
    21611: "CONDUYT_TWILIO_FROM_NUMBER",
    21659: "CONDUYT_TWILIO_FROM_NUMBER",
    21660: "CONDUYT_TWILIO_FROM_NUMBER",
    21661: "CONDUYT_TWILIO_FROM_NUMBER",
    21701: "CONDUYT_TWILIO_FROM_NUMBER",
    21703: "CONDUYT_TWILIO_FROM_NUMBER",
}
# What a server or a gateway before it answers when it does not know what became of the request; a 503 was never taken.
_UNKNOWN_OUTCOME = frozenset({500, 502, 504})
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_LATER = frozenset({14107, 20429, 20500, 20503, 21611, 30001, 30022, 63038})


def reason_of(code: str | int | None) -> str:
    """Return why a message was not delivered, by Twilio's error code."""
    try:
        number = int(code or 0)
    except ValueError:
        number = 0
    if number in REASONS:
        return f"{REASONS[number]} (Twilio {number})"
    return f"Twilio gives the error {number}" if number else "Twilio gives no reason"


def of_answer(answer: httpx2.Response) -> ProviderError:
    """Return the error that an answer other than success means."""
    body = _json(answer)
    code = body.get("code")
    number = code if isinstance(code, int) else 0
    if answer.status_code == 429 or answer.status_code >= 500 or number in _LATER:
        why = REASONS.get(number) or f"it answers {answer.status_code}"
        uncertain = answer.status_code in _UNKNOWN_OUTCOME
        return Temporary(f"Twilio does not take the message now: {why}", PROVIDER, _retry_after(answer), uncertain=uncertain)
    if number in _SETTINGS:
        return Misconfigured(f"Twilio refuses the account or sender ({number}); correct {_SETTINGS[number]}", PROVIDER)
    if answer.status_code in (401, 403) and number not in REASONS:
        return Misconfigured(f"Twilio refuses the login; correct {_SETTINGS[20003]}", PROVIDER)
    if answer.status_code == 404 or answer.status_code < 400:
        return Misconfigured(f"Twilio's API is not at this address, or has no such account; correct {_SETTINGS[20404]}", PROVIDER)
    said = " ".join(str(body.get("message") or "").split())[:200]
    why = reason_of(number) if number in REASONS or not said else f"{said} (Twilio {number})"
    return Rejected(f"Twilio refuses the message: {why}", PROVIDER)


def of_failure(error: httpx2.HTTPError) -> ProviderError:
    """Return the error of a call that got no answer; it is uncertain unless the request surely never left."""
    if isinstance(error, httpx2.UnsupportedProtocol):
        return Misconfigured("Twilio's API cannot be called; correct CONDUYT_TWILIO_API_URL", PROVIDER)
    uncertain = not isinstance(error, _NEVER_SENT)
    if isinstance(error, httpx2.TimeoutException):
        return Temporary("Twilio does not answer in time", PROVIDER, uncertain=uncertain)
    what = "Twilio's answer was lost" if uncertain else "Twilio cannot be reached"
    return Temporary(f"{what}: {type(error).__name__}", PROVIDER, uncertain=uncertain)


def json_of(answer: httpx2.Response) -> Mapping[str, Any]:
    """Return the body of a success.

    Raises:
        Temporary: it is not Twilio's; something between us answered, or it was cut. Uncertain, since the call may have worked.
    """
    body = _json(answer)
    if not body:
        raise Temporary("Twilio's answer cannot be read", PROVIDER, uncertain=True)
    return body


def _json(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(answer: httpx2.Response) -> float | None:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None
