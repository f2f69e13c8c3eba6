"""The port that counts requests per credential or address."""

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.responder import Allowance, RateLimiter

__all__ = ["RATE_LIMITER", "Allowance", "RateLimiter"]

RATE_LIMITER: Port[RateLimiter] = Port("rate_limits", "how requests are counted")
