"""What forms tell beside created, updated and deleted."""

from typing import Any, ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class FormSubmitted(Event):
    name: ClassVar[str] = "form.submitted"
    description: ClassVar[str] = "A form was submitted."
    entity: ClassVar[str | None] = "form"

    form_id: str
    form_name: str
    submission_id: str
    contact_id: str | None = attrs.field(metadata={"description": "the contact that was matched or made; null without an email"})
    # An event's `data` is the method that returns it; on the wire this is ``data``.
    data_: dict[str, Any] = attrs.field(metadata={"description": "what was submitted, by field key"})
