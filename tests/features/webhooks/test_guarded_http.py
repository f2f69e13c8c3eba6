import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from conduyt_kit.defaults.guarded_http import GuardedHttp, WebhookSettings
from conduyt_kit.defaults.guarded_http.turns import Turns
from conduyt_kit.kernel.errors import Temporary
from conduyt_kit.ports.outgoing_http import MOST_OF_A_REPLY
from tests.features.webhooks.receiver import Answering, Receiver


def client(timeout: float = 0.5, ca_file: str = "") -> GuardedHttp:
    return GuardedHttp(WebhookSettings(allow_private_networks=True, timeout=timeout, ca_file=ca_file), resolve=lambda *_: ["127.0.0.1"])


def test_reply_is_read_up_to_a_bound(receiver: Receiver) -> None:
    receiver.behave = lambda taken, connection: Answering(201, {"X-Answer": "yes"}, b"a" * (MOST_OF_A_REPLY + 5000))

    reply = client().post(receiver.url + "?a=b", b'{"a":1}', {"Content-Type": "application/json"})

    assert (reply.status, reply.headers["x-answer"], len(reply.body)) == (201, "yes", MOST_OF_A_REPLY)
    assert (receiver.taken[0].path, receiver.taken[0].body) == ("/hook?a=b", b'{"a":1}')


def test_host_header_names_the_host_and_not_the_address(receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2].partition("/")[0]

    client().post(f"http://hooks.example.org:{port}/hook", b"{}", {})

    assert receiver.taken[0].headers["host"] == f"hooks.example.org:{port}"


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert client().post(receiver.url, b"{}", {}).status == 200


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_drip_of_bytes_does_not_prolong_a_call(receiver: Receiver, begin: bytes) -> None:
    released = threading.Event()

    def drip(_: object, connection: socket.socket) -> None:
        try:
            connection.sendall(begin)
            while not released.wait(0.02):
                connection.sendall(b"H")
        except OSError:
            return

    receiver.behave = drip
    with pytest.raises(Temporary, match=r"within 0\.2 s"):
        client(timeout=0.2).post(receiver.url, b"{}", {})
    released.set()


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0\r\n", b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"HTTP/1.1 abc\r\n\r\n"])
def test_broken_reply_is_no_reply(receiver: Receiver, sent: bytes) -> None:
    receiver.behave = lambda taken, connection: connection.sendall(sent)

    with pytest.raises(Temporary):
        client().post(receiver.url, b"{}", {})


def test_refused_connection_is_temporary() -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(Temporary):
        client().post(f"http://127.0.0.1:{port}/", b"{}", {})


@contextmanager
def secure_server(authority: trustme.CA, host: str) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listening.accept()
            with context.wrap_socket(connection, server_side=True) as secured:
                taken = b""
                # Head and body come as records of their own; closing before both are read would reset the connection.
                while not taken.endswith(b"{}") and (more := secured.recv(65536)):
                    taken += more
                secured.sendall(b"HTTP/1.0 200 OK\r\n\r\nsecure")
        except OSError:
            return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        thread.join()
        listening.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_certificate_is_checked_against_the_name_while_the_checked_address_is_dialled(authority: trustme.CA, ca_file: str) -> None:
    with secure_server(authority, "hooks.example.org") as port:
        assert client(ca_file=ca_file).post(f"https://hooks.example.org:{port}/", b"{}", {}).body == b"secure"


def test_certificate_of_another_name_is_not_trusted(authority: trustme.CA, ca_file: str) -> None:
    with secure_server(authority, "other.example.org") as port, pytest.raises(Temporary, match="certificate"):
        client(ca_file=ca_file).post(f"https://hooks.example.org:{port}/", b"{}", {})


def test_certificate_of_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with secure_server(authority, "hooks.example.org") as port, pytest.raises(Temporary, match="certificate"):
        client().post(f"https://hooks.example.org:{port}/", b"{}", {})


def test_endpoint_and_workspace_have_few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduyt_kit.defaults.guarded_http.turns.LONGEST_WAIT", 0.0)
    turns = Turns(per_endpoint=1, per_workspace=2)

    with turns.turn("ws_a", "one"):
        with pytest.raises(Temporary), turns.turn("ws_a", "one"):
            pass
        with turns.turn("ws_a", "two"):
            with pytest.raises(Temporary), turns.turn("ws_a", "three"):
                pass
            with turns.turn("ws_b", "one"):
                pass
    with turns.turn("ws_a", "three"), turns.turn("ws_a", "one"):
        pass


def test_those_who_are_sent_away_are_told_to_come_back_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduyt_kit.defaults.guarded_http.turns.LONGEST_WAIT", 0.0)
    turns = Turns(per_endpoint=1, per_workspace=9)
    waits = []
    with turns.turn("ws_a", "one"):
        for _ in range(100):
            with pytest.raises(Temporary) as sent_away, turns.turn("ws_a", "one"):
                pass
            waits.append(sent_away.value.retry_after or 0)

    assert waits == sorted(waits)
    assert waits[-1] > 5


def test_place_that_is_freed_goes_to_who_waits() -> None:
    turns = Turns(per_endpoint=1, per_workspace=1)
    inside = threading.Event()

    def hold() -> None:
        with turns.turn("ws_a", "one"):
            inside.set()

    holder = threading.Thread(target=hold)
    with turns.turn("ws_a", "one"):
        holder.start()
    holder.join()
    assert inside.is_set()
