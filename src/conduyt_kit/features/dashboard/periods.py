"""The periods that figures are counted over."""

import datetime as dt
from typing import Literal

import attrs

Period = Literal["7d", "30d", "90d", "ytd"]


@attrs.frozen(kw_only=True)
class Span:
    """A period in time: from `start` to `end`, both included. The period before it is as long and ends where this one starts."""

    start: dt.datetime
    end: dt.datetime

    @property
    def before(self) -> dt.datetime:
        """Return where the period before this one starts; that one ends before `start`."""
        return self.start - (self.end - self.start)


def span_of(period: Period, now: dt.datetime) -> Span:
    """Return the period that ends now: so many times 24 hours, or the year so far, which begins on January 1 in UTC."""
    end = now.astimezone(dt.UTC)
    if period == "ytd":
        return Span(start=dt.datetime(end.year, 1, 1, tzinfo=dt.UTC), end=end)
    return Span(start=end - dt.timedelta(days=int(period.removesuffix("d"))), end=end)
