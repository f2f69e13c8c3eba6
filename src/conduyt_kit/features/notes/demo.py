"""Sample notes for `conduyt demo`."""

from itertools import cycle
from typing import Any

from conduyt_kit.features.notes.service import Notes
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_NOTES = (
    "Met at the trade fair. Wants a **fixed price** and a start before summer.",
    "Budget is approved; waiting for legal.",
    "Prefers e-mail over phone.\n\n- send the brochure\n- ask about the second site",
    "Compares us with two others. Support in French matters.",
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create notes on contacts and deals."""
    contacts, deals = cycle(shared.get("contacts") or [None]), cycle(shared.get("deals") or [None])
    for content in _NOTES:
        contact, deal = next(contacts), next(deals)
        unit[Notes].create(content=content, contact_id=contact.id if contact else None, deal_id=deal.id if deal else None)
