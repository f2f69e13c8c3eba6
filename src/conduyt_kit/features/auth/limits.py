"""Limits on guessing, counted before any password is hashed."""

from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import RateLimited
from conduyt_kit.ports.rate_limits import RATE_LIMITER


def count(environment: Environment, limit: str, key: str) -> None:
    """Count an attempt under `key`; `limit` may be ``"off"``.

    Raises:
        RateLimited: there were more than the limit allows.
    """
    if limit in ("", "off"):
        return
    state = environment.providers.provider(RATE_LIMITER).hit(limit, key)
    if not state.allowed:
        raise RateLimited(f"Too many attempts; try again in {state.reset} s", state.reset)
