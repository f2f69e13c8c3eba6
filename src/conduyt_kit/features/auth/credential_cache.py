"""A short memory of accepted credentials, so that a burst of requests costs one look-up."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from conduyt_kit.kernel.context import Identity
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.unit_of_work import UnitOfWork

LARGEST = 10_000


class CredentialCache:
    """Remembers identities for `seconds`, at most `LARGEST` of them; thread-safe.

    What is forgotten stays out for as long as an entry lives: a request that read the old state just before a revocation was
    committed cannot bring it back.
    """

    def __init__(self, seconds: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._timer = timer
        self._entries: OrderedDict[str, tuple[float, Identity]] = OrderedDict()
        self._barred: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, digest: str) -> Identity | None:
        """Return the identity remembered for a credential's digest, or ``None``."""
        found = self._entries.get(digest)
        return found[1] if found is not None and found[0] > self._timer() else None

    def put(self, digest: str, identity: Identity) -> None:
        """Remember an identity, unless its workspace was just forgotten."""
        if self._seconds <= 0:
            return
        now = self._timer()
        with self._lock:
            if self._barred.get(identity.workspace, 0.0) > now:
                return
            self._entries[digest] = (now + self._seconds, identity)
            self._entries.move_to_end(digest)
            while len(self._entries) > LARGEST or self._oldest_is_over(now):
                self._entries.popitem(last=False)

    def forget(self, workspace: str) -> None:
        """Forget every credential of a workspace."""
        if self._seconds <= 0:
            return
        now = self._timer()
        with self._lock:
            for over in [name for name, until in self._barred.items() if until <= now]:
                del self._barred[over]
            self._barred[workspace] = now + self._seconds
            for digest in [digest for digest, (_, identity) in self._entries.items() if identity.workspace == workspace]:
                del self._entries[digest]

    def _oldest_is_over(self, now: float) -> bool:
        return next(iter(self._entries.values()))[0] <= now


CREDENTIAL_CACHE: Port[CredentialCache] = Port("credential_cache", "which credentials were accepted a moment ago")


def forget_with(unit: UnitOfWork) -> None:
    """Forget the credentials of the unit's workspace when the unit commits: a session, key or user of it has changed."""
    cache = unit.provider(CREDENTIAL_CACHE)
    unit.before_commit(lambda _: cache.forget(unit.context.workspace))
