"""Which contact an address stands for: whom it was last written to as, else the oldest contact that has it."""

from conduyt_kit.features.contacts import CONTACT, Contacts
from conduyt_kit.features.messages import addresses
from conduyt_kit.features.messages.entities import CORRESPONDENT, Correspondent
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import ChannelName

LONGEST_NAME = 200


def contact_with(unit: UnitOfWork, channel: ChannelName, address: str) -> str | None:
    """Return the id of the contact that an address stands for, or ``None``."""
    known = unit.repository(CORRESPONDENT).first_where(channel=channel, address_key=addresses.key_of(channel, address))
    if known is not None:
        return known.contact_id
    if channel == "email":
        loaded = unit[Contacts].with_email(address)
        return loaded.record.id if loaded else None
    found = unit.repository(CONTACT).first(where(phone=addresses.key_of("sms", address)), sort=("created_at",))
    return found.id if found else None


def contact_for(unit: UnitOfWork, channel: ChannelName, address: str) -> str:
    """Return the id of the contact that an address stands for; make one of the address where there is none.

    Messages that come in at once from one new address make one contact.
    """
    unit[Contacts].lock_addresses([addresses.key_of(channel, address)])
    known = contact_with(unit, channel, address)
    if known is not None:
        return known
    name = address.partition("@")[0] if channel == "email" else address
    # A short code or a sender's name is no number to call.
    given = {"email" if channel == "email" else "phone": address} if addresses.is_normal(channel, address) else {}
    made = unit[Contacts].create(first_name=(name or address)[:LONGEST_NAME], last_name="", source=f"inbound {channel}", **given)
    note_contact(unit, channel, address, made.id)
    return made.id


def note_contact(unit: UnitOfWork, channel: ChannelName, address: str, contact_id: str) -> None:
    """Remember which contact a message from this address belongs to, unless that is known."""
    _upsert(unit, channel, address, contact_id, shared=False, update=())


def note_sending(unit: UnitOfWork, channel: ChannelName, address: str, contact_id: str, *, shared: bool) -> None:
    """Remember that a contact was written to; `shared` says that it was from the server's own sender."""
    _upsert(unit, channel, address, contact_id, shared=shared, update=("contact_id", "shared_at") if shared else ("contact_id",))


def _upsert(unit: UnitOfWork, channel: ChannelName, address: str, contact_id: str, *, shared: bool, update: tuple[str, ...]) -> None:
    record = Correspondent(
        id=CORRESPONDENT.new_id() if CORRESPONDENT.new_id else "",
        channel=channel,
        address_key=addresses.key_of(channel, address),
        contact_id=contact_id,
        shared_at=unit.now if shared else None,
    )
    unit.transaction.upsert(CORRESPONDENT, record, by=("channel", "address_key"), update=update)
