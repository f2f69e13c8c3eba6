"""Time, as a port: everything that asks what time it is asks a `Clock`."""

import datetime as dt
from typing import Protocol

UTC = dt.UTC


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Return the current time, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told, for tests."""

    def __init__(self, at: dt.datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def now(self) -> dt.datetime:
        return self._at

    def move_to(self, at: dt.datetime) -> None:
        self._at = at.astimezone(UTC)

    def advance(self, by: dt.timedelta) -> None:
        self._at += by
