"""The use cases of calls."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.calls.entities import CALL, PhoneCall
from conduyt_kit.features.calls.events import CallLogged
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Calls:
    """Calls of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._calls = unit.repository(CALL)

    def get(self, id: str) -> Loaded[PhoneCall]:
        """Return a call with its contact (R146).

        Raises:
            NotFound: no such call.
        """
        return self._calls.load(id, include=("contact_id",))

    def create(self, *, started_at: dt.datetime | None = None, **values: Any) -> PhoneCall:
        """Log a call by the actor, starting now unless given (R144, R145).

        Raises:
            ValidationFailed: it would end after the year 9999.
        """
        actor = self._unit.context.actor
        call = self._calls.create(started_at=started_at or self._unit.now, user_id=actor.id, user_name=actor.name, **values)
        _require_end(call)
        self._unit.emit(
            CallLogged(
                call_id=call.id,
                contact_id=call.contact_id,
                user_id=call.user_id,
                direction=call.direction,
                status=call.status,
                duration=call.duration,
            )
        )
        return call

    def update(self, id: str, changes: Mapping[str, Any]) -> PhoneCall:
        """Change the given fields; the end follows (R147).

        Raises:
            NotFound: no such call.
            ValidationFailed: it would end after the year 9999.
        """
        call = self._calls.get_for_update(id)
        wanted = dict(changes)
        if wanted.get("started_at", call.started_at) is None:
            wanted["started_at"] = call.started_at
        changed = self._calls.change(call, **wanted)
        _require_end(changed)
        return changed

    def delete(self, id: str) -> None:
        """Delete a call (X12).

        Raises:
            NotFound: no such call.
        """
        self._calls.remove(self._calls.get_for_update(id))


def _require_end(call: PhoneCall) -> None:
    try:
        _ = call.ended_at
    except OverflowError:
        raise ValidationFailed.on("duration", "The call would end after the year 9999") from None
