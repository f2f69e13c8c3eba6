"""When a failed delivery is tried again: ten attempts over about 75 hours."""

import datetime as dt
import email.utils
import random
from collections.abc import Mapping

_WAITS = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600))
MOST_ATTEMPTS = len(_WAITS) + 1
_JITTER = 0.2
_LONGEST_ASKED = dt.timedelta(hours=24)

DEAD_AFTER = dt.timedelta(days=5)
"""How long a webhook may have nothing but failures before it is switched off."""


def wait_after(attempt: int, asked: dt.timedelta | None = None) -> dt.timedelta | None:
    """Return the wait after a failed attempt (1, 2, ...), or ``None`` after the last.

    What the receiver asked for is kept, if it is longer; up to a day.
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load, hides nothing
    return max(_WAITS[attempt - 1] * spread, min(asked or dt.timedelta(0), _LONGEST_ASKED))


def asked_wait(headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """Return what a Retry-After header asks for, in seconds or as a date; ``None`` where it says nothing that makes sense."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return dt.timedelta(seconds=int(value))
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
    return max(at - now, dt.timedelta(0))
