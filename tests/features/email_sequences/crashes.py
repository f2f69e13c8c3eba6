"""A storage whose commits die now and then, before or after they took effect, as processes do."""

import random
from collections.abc import Iterable
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.messages import EMAIL_CHANNEL, Callback, IncomingMessage, OutgoingMessage, SendResult
from conduyt_kit.ports.storage import STORAGE, Storage


class Death(BaseException):
    """The process is gone: nothing in it may go on."""


class Fate:
    """Decides which of the coming commits die. `deaths` counts those that did."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._after = 0
        self._armed = False
        self.deaths = 0

    def arm(self, *, within: int) -> None:
        """Let one of the next commits die."""
        self._after, self._armed = self._rng.randint(1, within), True

    def disarm(self) -> None:
        self._armed = False

    def strikes(self) -> str:
        """Return whether this commit dies: ``before`` it takes effect, ``after``, or not at all (empty)."""
        if not self._armed:
            return ""
        self._after -= 1
        if self._after > 0:
            return ""
        self._armed = False
        self.deaths += 1
        return self._rng.choice(["before", "after"])


class MortalStorage:
    """Passes everything on to a storage; its write transactions share the fate."""

    def __init__(self, storage: Storage, fate: Fate) -> None:
        self._storage = storage
        self._fate = fate

    def begin(self, workspace: str, *, write: bool) -> Any:
        transaction = self._storage.begin(workspace, write=write)
        return _MortalTransaction(transaction, self._fate) if write else transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


class _MortalTransaction:
    def __init__(self, transaction: Any, fate: Fate) -> None:
        self._transaction = transaction
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def commit(self) -> None:
        strikes = self._fate.strikes()
        if strikes == "before":
            self._transaction.rollback()
            raise Death
        self._transaction.commit()
        if strikes:
            raise Death


class Recorder:
    """An e-mail channel that keeps whom it sent what."""

    provider = "recorder"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str | None]] = []

    def send(self, message: OutgoingMessage) -> SendResult:
        self.sent.append((message.to, message.subject))
        return SendResult(provider=self.provider, provider_id=message.id)

    def read_status(self, callback: Callback) -> None:
        raise Unsupported("The recorder has no callbacks")

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        raise Unsupported("The recorder receives nothing")


class MortalPlugin(KitPlugin):
    """Serves the storage of another plugin, or the memory, with a fate, and a channel that records."""

    name: ClassVar[str] = "mortal"

    def __init__(self, inner: KitPlugin | None, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate
        self.mail = Recorder()

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [
            ProviderSpec(port=STORAGE, name="mortal", make=self._make),
            ProviderSpec(port=EMAIL_CHANNEL, name="recorder", make=lambda _: self.mail),
        ]

    def _make(self, kit: Kit) -> Any:
        from conduyt_kit.defaults.memory_storage import MemoryStorage

        found = [spec for spec in self._inner.conduyt_providers() if spec.port is STORAGE] if self._inner else []
        return MortalStorage(found[0].make(kit) if found else MemoryStorage(), self._fate)
