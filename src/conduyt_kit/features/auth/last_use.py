"""When users and keys were last used: noted in memory, written by a thread of its own, so that no read request waits for a write."""

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable

from conduyt_kit.features.auth.api_keys import API_KEY
from conduyt_kit.features.users.entities import USER
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.transactions import Storage

_log = logging.getLogger("conduyt.auth")

GATHER = 10.0
"""Seconds for which uses are gathered before they are written together."""

_LARGEST = 100_000


class LastUse:
    """Notes at most one use per user and key in `every` seconds. Best effort: a crash loses what was not written yet.

    `storage` is asked for at the first write only. `close` writes what is left.
    """

    def __init__(self, storage: Callable[[], Storage], clock: Clock, every: float) -> None:
        self._storage = storage
        self._clock = clock
        self._every = dt.timedelta(seconds=every)
        self._noted: dict[tuple[str, str, str], dt.datetime] = {}
        self._waiting: dict[tuple[str, str, str], dt.datetime] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, workspace: str, *, user: str, key: str | None) -> None:
        """Take note that a user, and the key if it was by one, made a request. Returns at once and never raises."""
        if not self._every:
            return
        now = self._clock.now()
        with self._lock:
            self._note((workspace, USER.name, user), now)
            if key is not None:
                self._note((workspace, API_KEY.name, key), now)
            if self._waiting and self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._write_later, name="conduyt-last-use", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write what was gathered, one transaction per workspace."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        by_workspace: dict[str, list[tuple[str, str, dt.datetime]]] = {}
        for (workspace, entity, id_), at in waiting.items():
            by_workspace.setdefault(workspace, []).append((entity, id_, at))
        for workspace, uses in by_workspace.items():
            transaction = self._storage().begin(workspace, write=True)
            try:
                for entity, id_, at in sorted(uses):
                    spec, field = (USER, "last_active_at") if entity == USER.name else (API_KEY, "last_used_at")
                    transaction.update_where(spec, where(id=id_), {field: at})
                transaction.commit()
            finally:
                transaction.rollback()

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        with contextlib.suppress(ConduytError):
            self.write()

    def _note(self, place: tuple[str, str, str], now: dt.datetime) -> None:
        before = self._noted.get(place)
        if before is None or now - before >= self._every:
            if len(self._noted) >= _LARGEST:
                self._noted.clear()
            self._noted[place] = self._waiting[place] = now

    def _write_later(self) -> None:
        self._closing.wait(GATHER)
        with self._lock:
            self._thread = None
        try:
            self.write()
        except Exception:  # noqa: BLE001 - nothing that matters is lost, and nobody waits for it
            _log.warning("the last use of credentials could not be written", exc_info=True)
