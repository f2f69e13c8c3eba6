"""The data all targets serve: one database, made through the kit's storage, so that its kept numbers and search texts are right.

Half of the contacts are in the workspace that is measured, the rest in fifty others. Each contact has three of twenty tags.
"""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import attrs

from benchmarks.databases import Database, conduyt, settings
from conduyt_kit import Kit
from conduyt_kit.features.contacts import CONTACT, Contact
from conduyt_kit.features.contacts.entities import CONTACT_TAG, ContactTag
from conduyt_kit.features.tags import TAG, Tag
from conduyt_kit.features.workspaces import all_workspaces
from conduyt_kit.kernel import ids

FIRST_NAMES = ("Alex", "Bianca", "Chen", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Liam", "Mina", "Noor", "Olga")
LAST_NAMES = ("Berg", "Costa", "Duval", "Egger", "Fox", "Gruber", "Haas", "Ito", "Jansen", "Kim", "Lopez", "Meyer", "Novak", "Okafor")
RARE_NAME = "Sarah"
"""The first name of one contact in two hundred: what the search looks for."""
OTHER_WORKSPACES = 50
_BATCH = 1000
_START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class Dataset:
    """What the load and the targets have to know of the data."""

    workspace: str
    token: str
    contacts: tuple[str, ...]
    """Ids of contacts in the measured workspace, oldest first; a sample when there are many."""
    total: int


def make(database: Database, contacts: int) -> Dataset:
    """Fill an empty database with `contacts` contacts and return what is in it."""
    conduyt(database, "db", "upgrade")
    conduyt(database, "user", "create", "--email", "bench@example.com", "--name", "Bench", "--password-stdin", text="a long passphrase 1")
    token = conduyt(database, "api-key", "create", "--user", "bench@example.com").strip()
    with Kit.build(settings(database), plugins=["sqlalchemy"]) as kit:
        workspace = all_workspaces(kit.environment)[0].id
        own = _fill(kit, workspace, contacts // 2)
        for number in range(OTHER_WORKSPACES):
            _fill(kit, f"ws_other_{number:02}", (contacts - contacts // 2) // OTHER_WORKSPACES)
    database.vacuum()
    return Dataset(workspace=workspace, token=token, contacts=tuple(random.Random(1).sample(own, min(2000, len(own)))), total=len(own))


def _fill(kit: Kit, workspace: str, number: int) -> list[str]:
    choose = random.Random(workspace)
    tags = [Tag(id=f"tag_{workspace}_{at:02}", name=f"tag {at:02}", name_key=f"tag {at:02}", created_at=_START) for at in range(20)]
    _insert(kit, workspace, [(TAG, tag) for tag in tags])
    made: list[str] = []
    for start in range(0, number, _BATCH):
        batch = list(_contacts(choose, start, min(start + _BATCH, number)))
        made += [contact.id for contact in batch]
        links = [(CONTACT_TAG, ContactTag(contact_id=contact.id, tag_id=tag.id)) for contact in batch for tag in choose.sample(tags, 3)]
        _insert(kit, workspace, [*((CONTACT, contact) for contact in batch), *links])
    return made


def _contacts(choose: random.Random, start: int, end: int) -> Iterator[Contact]:
    for number in range(start, end):
        first = RARE_NAME if number % 200 == 7 else choose.choice(FIRST_NAMES)
        last = choose.choice(LAST_NAMES)
        email = f"{first}.{last}.{number}@example.com"
        at = _START + dt.timedelta(seconds=number)
        yield Contact(
            id=ids.uuid(),
            first_name=first,
            last_name=last,
            email=email,
            email_key=ids.fold(email),
            phone=f"+1415{number:07}",
            source="website" if number % 3 else "import",
            custom_fields={"plan": choose.choice(("free", "pro")), "seats": number % 50},
            created_at=at,
            updated_at=at,
        )


def _insert(kit: Kit, workspace: str, batch: list[tuple[Any, Any]]) -> None:
    transaction = kit.environment.storage.begin(workspace, write=True)
    try:
        transaction.insert(batch)
        transaction.commit()
    finally:
        transaction.rollback()
