"""What calls tell beside created, updated and deleted."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class CallLogged(Event):
    name: ClassVar[str] = "call.logged"
    description: ClassVar[str] = "A phone call was logged."
    entity: ClassVar[str | None] = "call"

    call_id: str
    contact_id: str
    user_id: str | None
    direction: str
    status: str
    duration: int | None
