import socket
from collections.abc import Iterator, Sequence

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.guarded_http import GuardedHttp, WebhookSettings
from conduyt_kit.defaults.guarded_http.posting import resolve
from conduyt_kit.kernel.errors import Rejected, Temporary
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import refused

PUBLIC = "93.184.215.14"

LITERALS = (
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "0x7f.0x0.0x0.0x1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254",
    "169.254.170.2", "2852039166", "0xa9fea9fe", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]", "[2001:0:7f00:1::]", "[2001:db8::1]", "[2001:2::1]", "[3fff::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[100::1]", "[5f00::1]",
    "localhost", "LOCALHOST", "localhost.", "a.localhost",
)  # fmt: skip
FORMS = (
    "https://user@127.0.0.1/", "https://hooks.example.org@127.0.0.1/", "https://user:password@hooks.example.org/", "http://hooks.example.org/",
    "ftp://hooks.example.org/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "https://hooks.example.org:22/",
    "https://hooks.example.org:6379/", "https://hooks.example.org:99999/", "https://hooks.example.org\\@127.0.0.1/", "https://127.0.0.1#@x.org/",
    "https:///127.0.0.1/", "https://", "https://①②⑦.⓪.⓪.①/", "https://hooks.example.org/\r\nHost: inside/", "https://hooks.example.org/ a",
    "https://%31%32%37.0.0.1/", "//127.0.0.1/", "javascript:alert(1)",
)  # fmt: skip
HOSTILE = (*(f"https://{literal}/" for literal in LITERALS), *FORMS)
INSIDE = (
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "192.168.1.1", "172.20.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0",
    "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1", "fec0::1", "ff02::1", "::",
)  # fmt: skip


class Recorder:
    """Dials nothing and notes what was to be dialled."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address)
        raise ConnectionRefusedError("not in a test")


class Answers:
    """A name server that gives another answer every time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """Call the API of a kit with the settings it has by itself."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin()]) as kit:
        yield Api(kit, "admin-ws_a")


def post(url: str, dial: Recorder, answers: Answers | None = None, *, private: bool = False) -> None:
    GuardedHttp(WebhookSettings(allow_private_networks=private), resolve=answers or resolve, dial=dial).post(url, b"{}", {})


def test_there_are_enough_hostile_addresses() -> None:
    assert len(set(HOSTILE)) >= 80


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_never_connected(url: str) -> None:
    dial = Recorder()

    with pytest.raises(Rejected):
        post(url, dial)
    assert dial.dialled == []


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_refused_as_input(api: Api, url: str) -> None:
    assert refused(api.post("/webhooks", {"url": url, "events": ["contact.created"]})) == (422, ["url"])
    assert refused(api.post("/automations", {"name": "x", "trigger": "contact.created", "webhookUrl": url})) == (422, ["webhookUrl"])
    assert api.get("/webhooks").body["data"] == api.get("/automations").body["data"] == []


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("order", [1, -1])
def test_host_with_one_address_inside_is_not_connected_at_all(inside: str, order: int) -> None:
    dial = Recorder()

    with pytest.raises(Rejected):
        post("https://hooks.example.org/", dial, Answers([PUBLIC, inside][::order]))
    assert dial.dialled == []


def test_name_server_that_changes_its_mind_reaches_only_what_was_checked() -> None:
    dial = Recorder()
    answers = Answers([PUBLIC], ["127.0.0.1"])

    with pytest.raises(Temporary):
        post("https://hooks.example.org/", dial, answers)
    assert dial.dialled == [(PUBLIC, 443)]
    with pytest.raises(Rejected):
        post("https://hooks.example.org/", dial, answers)
    assert dial.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001::1"])
def test_every_public_address_of_a_host_is_tried(address: str) -> None:
    dial = Recorder()

    with pytest.raises(Temporary):
        post("https://hooks.example.org:8443/", dial, Answers([address, PUBLIC]))
    assert dial.dialled == [(found, 8443) for found in dict.fromkeys([address, PUBLIC])]


@pytest.mark.parametrize("inside", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:169.254.169.254"])
def test_link_local_stays_closed_where_private_networks_are_open(inside: str) -> None:
    dial = Recorder()

    with pytest.raises(Rejected):
        post("http://hooks.example.org/", dial, Answers([inside]), private=True)
    assert dial.dialled == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fd00::1", "::1"])
def test_private_networks_can_be_opened(inside: str) -> None:
    dial = Recorder()

    with pytest.raises(Temporary):
        post("http://n8n.example.org:5678/webhook/x", dial, Answers([inside]), private=True)
    assert dial.dialled == [(inside, 5678)]
