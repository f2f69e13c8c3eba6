"""Who must not be written to. Each decision to send, and each suppression, is taken under a lock on the address."""

from conduyt_kit.features.messages import addresses
from conduyt_kit.features.messages.contacts_by_address import contact_with
from conduyt_kit.features.messages.entities import SUPPRESSION, Suppression, SuppressionReason
from conduyt_kit.features.messages.events import ContactUnsubscribed
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import ChannelName


class Suppressions:
    """The suppressed addresses of a workspace (X17)."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._suppressions = unit.repository(SUPPRESSION)

    def of(self, channel: ChannelName, address: str) -> Suppression | None:
        """Return the suppression of an address, or ``None``."""
        return self._suppressions.first_where(channel=channel, address_key=addresses.key_of(channel, address))

    def forbids(self, channel: ChannelName, address: str, *, automatic: bool) -> Suppression | None:
        """Return the suppression that forbids to write to an address, or ``None``.

        Who unsubscribed from e-mail is spared automatic mail; a person may still answer them. Every other reason forbids both.
        """
        found = self.of(channel, address)
        if found is not None and channel == "email" and found.reason == "unsubscribed" and not automatic:
            return None
        return found

    def add(
        self, channel: ChannelName, address: str, reason: SuppressionReason, *, contact_id: str | None = None
    ) -> tuple[Suppression, bool]:
        """Suppress an address and return the suppression and whether it is new. Nothing claimed after this unit's commit is sent to it.

        Without `contact_id`, it is of the contact that has the address, if one has. Tells ``contact.unsubscribed`` if it is new.
        """
        self.lock(channel, address)
        found = self.of(channel, address)
        if found is not None:
            return found, False
        contact = contact_id or contact_with(self._unit, channel, address)
        made = self._suppressions.create(
            channel=channel,
            address=address,
            address_key=addresses.key_of(channel, address),
            reason=reason,
            contact_id=contact,
        )
        self._unit.emit(ContactUnsubscribed(contact_id=contact, channel=channel, reason=reason))
        return made, True

    def delete(self, id: str) -> None:
        """Lift a suppression.

        Raises:
            NotFound: no such suppression.
        """
        self._suppressions.remove(self._suppressions.get_for_update(id))

    def lift(self, channel: ChannelName, address: str, *, reason: SuppressionReason) -> bool:
        """Lift the suppression of an address if it has this reason; return whether it was."""
        self.lock(channel, address)
        found = self._suppressions.first(where(channel=channel, address_key=addresses.key_of(channel, address), reason=reason))
        if found is None:
            return False
        self._suppressions.remove(found)
        return True

    def lock(self, channel: ChannelName, address: str) -> None:
        """Let whoever suppresses an address or decides to write to it wait for each other until the unit ends."""
        self._unit.lock(f"suppression:{channel}:{addresses.key_of(channel, address)}")
