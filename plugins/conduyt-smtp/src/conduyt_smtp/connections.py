"""Connections to the mail server, kept for the next message."""

import contextlib
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator

import attrs

from conduyt_kit.kernel.errors import Misconfigured
from conduyt_smtp.errors import PROVIDER
from conduyt_smtp.settings import SmtpSettings

IDLE_SECONDS = 60.0
"""How long a connection is kept unused; servers hang up after a few minutes."""
KEPT = 4


@attrs.frozen
class _Idle:
    connection: smtplib.SMTP
    since: float


class Connections:
    """Lends connections that are logged in and answer. Thread-safe; each connection serves one thread at a time."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []
        self._closed = False

    @contextlib.contextmanager
    def lend(self) -> Iterator[smtplib.SMTP]:
        """Give a connection for one message; whatever goes wrong with it, it is not used again.

        Raises:
            SMTPException, OSError: the server cannot be reached or does not let us in.
        """
        connection = self._kept() or self.open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    def open(self) -> smtplib.SMTP:
        """Return a new connection, protected and logged in as the settings say."""
        settings = self._settings
        if settings.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.effective_port, timeout=settings.timeout, context=self._trust()
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.effective_port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                connection.starttls(context=self._trust())
            connection.ehlo_or_helo_if_needed()
            if settings.username:
                connection.login(settings.username, settings.password.reveal())
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Hang up; connections lent out are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for item in idle:
            _quit(item.connection)

    def _kept(self) -> smtplib.SMTP | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                item = self._idle.pop()
            if time.monotonic() - item.since < IDLE_SECONDS and _answers(item.connection):
                return item.connection
            item.connection.close()

    def _keep(self, connection: smtplib.SMTP) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < KEPT:
                self._idle.append(_Idle(connection, time.monotonic()))
                return
        _quit(connection)

    def _trust(self) -> ssl.SSLContext:
        path = self._settings.ca_file
        try:
            return ssl.create_default_context(cafile=str(path) if path else None)
        except OSError as error:
            raise Misconfigured(f"CONDUYT_SMTP_CA_FILE names {path}, which cannot be read as certificates: {error}", PROVIDER) from error


def _answers(connection: smtplib.SMTP) -> bool:
    # A server may have hung up meanwhile. Found out now, a new connection costs nothing; found out after the message was
    # handed over, nobody knows whether it was sent.
    try:
        return connection.rset()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _quit(connection: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()
