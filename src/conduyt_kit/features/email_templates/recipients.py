"""What the merge fields stand for: a contact, the person responsible for it, the workspace."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.features.workspaces import WORKSPACE, Workspace
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.unit_of_work import UnitOfWork

UNSUBSCRIBE_URL = "unsubscribeUrl"
CUSTOM = "contact.customFields."

KNOWN = (
    *(f"contact.{name}" for name in ("firstName", "lastName", "fullName", "email", "phone", "company", "source")),
    *("user.name", "user.email", "workspace.name", UNSUBSCRIBE_URL),
)
"""The merge fields that every workspace has; custom fields come on top."""


@attrs.frozen(kw_only=True)
class Recipient:
    """Whom an e-mail is rendered for. `workspace` is ``None`` where an embedding application made no record of it."""

    contact: Any
    user: Any
    workspace: Workspace | None

    def values(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the value of each merge field; `more` adds fields that only the sender knows."""
        contact, user = self.contact, self.user
        found = {
            "contact.firstName": contact.first_name,
            "contact.lastName": contact.last_name,
            "contact.fullName": f"{contact.first_name} {contact.last_name}".strip(),
            "contact.email": contact.email,
            "contact.phone": contact.phone,
            "contact.company": contact.company,
            "contact.source": contact.source,
            "user.name": user.name if user else None,
            "user.email": user.email if user else None,
            "workspace.name": self.workspace.name if self.workspace else None,
        }
        custom = {f"{CUSTOM}{key}": _shown(value) for key, value in contact.custom_fields.items()}
        return {**{path: value or "" for path, value in found.items()}, **custom, **more}


def recipient(unit: UnitOfWork, contact_id: str) -> Recipient:
    """Return a contact as a recipient, in two storage calls.

    Raises:
        NotFound: no such contact.
    """
    contacts = unit.repository_named("contact")
    if contacts is None:
        raise NotFound.of("contact", contact_id)
    found = contacts.load(contact_id, include=("assigned_to",))
    workspace = unit.repository(WORKSPACE).find(unit.context.workspace)
    return Recipient(contact=found.record, user=found.related["assigned_to"], workspace=workspace)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)
