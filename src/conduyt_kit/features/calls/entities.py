"""The logged call. The class is `PhoneCall`, since `Call` is a call of an API operation."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.values import LongText

Direction = Literal["inbound", "outbound"]
CallStatus = Literal["completed", "missed", "voicemail", "no_answer"]


@attrs.frozen(kw_only=True)
class PhoneCall:
    """A call, in seconds of `duration`; when it ended is derived (R145).

    User id and name are no reference: they stay readable when the user is gone (R84).
    """

    id: str
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))
    user_id: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    user_name: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    direction: Direction
    status: CallStatus
    duration: int | None = None
    notes: LongText | None = None
    started_at: dt.datetime
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))

    @property
    def ended_at(self) -> dt.datetime | None:
        """Return start plus duration; ``None`` without a duration."""
        return None if self.duration is None else self.started_at + dt.timedelta(seconds=self.duration)


CALL: EntitySpec[PhoneCall] = entity(
    PhoneCall,
    name="call",
    new_id=ids.prefixed_uuid("call_"),
    indexes=[
        ("-created_at",),
        ("contact_id", "-created_at"),
        ("user_id", "-created_at"),
        ("direction", "-created_at"),
        ("status", "-created_at"),
        ("started_at",),
    ],
    sort=("-created_at",),
    sortable=("started_at", "duration"),
)
