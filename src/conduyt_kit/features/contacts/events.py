"""Events of contacts beside created, updated and deleted."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class ContactTagged(Event):
    """Tags were added to a contact; told once per change, not for tags it had already."""

    name: ClassVar[str] = "contact.tagged"
    description: ClassVar[str] = "Tags were added to a contact."
    entity: ClassVar[str | None] = "contact"

    contact_id: str = attrs.field(metadata={"description": "id of the contact"})
    added: list[str] = attrs.field(metadata={"description": "names of the added tags"})
    tags: list[str] = attrs.field(metadata={"description": "names of all tags the contact has now"})
