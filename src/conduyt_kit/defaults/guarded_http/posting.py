"""The guarded client: resolve once, check every address, dial what was checked, keep the host's name for TLS and the Host header."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from conduyt_kit.defaults.guarded_http.public_addresses import may_be_called
from conduyt_kit.defaults.guarded_http.settings import WebhookSettings
from conduyt_kit.defaults.guarded_http.targets import Target, read_target
from conduyt_kit.defaults.guarded_http.turns import Turns
from conduyt_kit.kernel.errors import Misconfigured, Rejected, Temporary
from conduyt_kit.ports.outgoing_http import MOST_OF_A_REPLY, HttpReply

PROVIDER = "guarded"

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, as the system's resolver tells them."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def dial(address: tuple[str, int], timeout: float) -> socket.socket:
    """Connect to an IP address and port."""
    return socket.create_connection(address, timeout)


class GuardedHttp:
    """Posts to addresses outside, within a time for the whole call. One connection per call; thread-safe.

    `resolve` and `dial` are all it does with names and connections, for tests and for installations with a resolver of their own.
    """

    def __init__(self, settings: WebhookSettings, *, resolve: Resolve = resolve, dial: Dial = dial) -> None:
        self._settings = settings
        self._resolve = resolve
        self._dial = dial
        self._turns = Turns(per_endpoint=settings.per_endpoint, per_workspace=settings.per_workspace)

    def check(self, url: str) -> None:
        read_target(url, self._settings)

    def turn(self, workspace: str, endpoint: str) -> AbstractContextManager[None]:
        return self._turns.turn(workspace, endpoint)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        began = time.monotonic()
        deadline = began + self._settings.timeout
        try:
            target = read_target(url, self._settings)
        except ValueError as error:
            raise Rejected(f"The address is not to be called: {error}", PROVIDER) from error
        addresses = self._checked(target)
        try:
            with self._connected(target, addresses, deadline) as connection:
                reply = _exchange(target, connection, body, headers, deadline)
        except TimeoutError as error:
            raise Temporary(f"No whole answer within {self._settings.timeout:g} s", PROVIDER) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Temporary(f"The call failed: {type(error).__name__}: {error}"[:500], PROVIDER) from error
        status, found, content = reply
        return HttpReply(status=status, headers=found, body=content, duration=round((time.monotonic() - began) * 1000))

    def _checked(self, target: Target) -> Sequence[str]:
        try:
            addresses = list(dict.fromkeys(self._resolve(target.host, target.port)))
        except (OSError, UnicodeError) as error:
            raise Temporary(f"The host {target.host} was not found: {error}", PROVIDER) from error
        for address in addresses:
            if not may_be_called(address, private=self._settings.allow_private_networks):
                raise Rejected(f"The host {target.host} has an address inside a private network", PROVIDER)
        return addresses

    def _connected(self, target: Target, addresses: Sequence[str], deadline: float) -> socket.socket:
        failure: OSError = OSError(f"the host {target.host} has no address")
        for address in addresses:
            try:
                return self._secured(target, self._dial((address, target.port), _left(deadline)), deadline)
            except OSError as error:
                failure = error
        raise failure

    def _secured(self, target: Target, connection: socket.socket, deadline: float) -> socket.socket:
        if not target.secure:
            return connection
        try:
            connection.settimeout(_left(deadline))
            return self._tls.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._settings.ca_file or None)
        except OSError as error:
            raise Misconfigured(f"The file of the setting webhooks.ca_file cannot be read: {error}", PROVIDER) from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the call is over")
    return left


def _exchange(
    target: Target, connection: socket.socket, body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, dict[str, str], bytes]:
    channel = http.client.HTTPConnection(target.host, target.port)
    channel.sock = _Hurried(connection, deadline)
    channel.request("POST", target.path, body, {"Host": target.host_header, "Connection": "close", **headers})
    answer = channel.getresponse()
    content = answer.read(MOST_OF_A_REPLY)
    if answer.length and len(content) < MOST_OF_A_REPLY:
        raise http.client.IncompleteRead(content, answer.length)
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


class _Reader(io.RawIOBase):
    """Reads a socket until the deadline, however slowly the bytes drip."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)


class _Hurried:
    """A socket as `http.client` uses one, on which all operations together end by the deadline. Its owner closes it."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._connection, self._deadline))

    def close(self) -> None:
        """Leave the socket to its owner."""
