"""The workspace's own addresses and numbers."""

from email.utils import parseaddr

from conduyt_kit.features.messages import addresses, texts
from conduyt_kit.features.messages.entities import SENDER_IDENTITY, TAKEN_ADDRESS, SenderIdentity
from conduyt_kit.features.messages.settings import MessageSettings
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import ChannelName


class SenderIdentities:
    """The addresses and numbers from which a workspace sends and at which it receives (X10)."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._identities = unit.repository(SENDER_IDENTITY)

    def create(self, *, channel: ChannelName, address: str, name: str | None = None) -> SenderIdentity:
        """Give the workspace an address. What comes in for it is the workspace's from now on.

        Args:
            channel: what is sent from it.
            address: an e-mail address in one of the permitted domains, or a number in E.164 form that the provider lets us use.
            name: the display name in mails.

        Raises:
            ValidationFailed: it is no address, its domain is not permitted, or some workspace has it.
        """
        try:
            normal = addresses.normal(channel, address)
        except ValueError as error:
            raise ValidationFailed.on("address", str(error)) from error
        key = addresses.key_of(channel, normal)
        if channel == "email":
            self._require_domain(key)
        others = self._unit.environment.storage.locate(SENDER_IDENTITY, "address_key", key)
        if any(found.record.channel == channel for found in others):
            raise ValidationFailed.on("address", TAKEN_ADDRESS)
        line = texts.one_line(name) if name else None
        return self._identities.create(channel=channel, address=normal, address_key=key, name=line or None)

    def delete(self, id: str) -> None:
        """Give an address up.

        Raises:
            NotFound: no such identity.
        """
        self._identities.remove(self._identities.get_for_update(id))

    def sender(self, channel: ChannelName) -> str | None:
        """Return what messages are sent from: the oldest identity of the channel, ``None`` for the server's own sender."""
        found = self._identities.first(where(channel=channel), sort=("created_at",))
        if found is None:
            return None
        return f"{found.name} <{found.address}>" if found.name and channel == "email" else found.address

    def _require_domain(self, address: str) -> None:
        permitted = self._unit.settings(MessageSettings).sender_domains
        own = parseaddr(self._unit.settings(KitSettings).mail_from)[1].rpartition("@")[2]
        domains = {ids.fold(domain) for domain in permitted or (own,)}
        if address.rpartition("@")[2] not in domains:
            raise ValidationFailed.on(
                "address", f"The server sends mail for {', '.join(sorted(domains))} only (CONDUYT_MESSAGES_SENDER_DOMAINS)"
            )
