"""A kit with the real providers, served by the real transport, as a provider and a browser see it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from falcon import testing

from conduyt_falcon import FalconPlugin, wsgi
from conduyt_kit import Kit
from conduyt_kit.kernel.clock import Clock
from conduyt_smtp.plugin import SmtpPlugin
from conduyt_twilio.plugin import TwilioPlugin
from tests.features.accounts import storage_plugins
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin

PUBLIC_URL = "https://crm.example.org"


@contextmanager
def serving(folder: Path, clock: Clock, **settings: Any) -> Iterator[tuple[Kit, testing.TestClient]]:
    """Yield a kit with SMTP and Twilio as these settings say, and a client of its application."""
    merged = {
        "rate_limit": "off",
        "providers": {"authentication": "test"},
        "mail_from": "Shop <shop@example.org>",
        "public_url": PUBLIC_URL,
        **settings,
    }
    plugins = [TestAuthPlugin(), DrainedPlugin(), FalconPlugin(), SmtpPlugin(), TwilioPlugin()]
    with storage_plugins(folder) as more, Kit.build(merged, plugins=[*plugins, *more], clock=clock) as kit:
        found(kit, "ws_a")
        yield kit, testing.TestClient(wsgi(kit))


def post(client: testing.TestClient, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post raw bytes to the API without a bearer token and return the status."""
    return int(client.simulate_post("/api/v1" + path, body=body, headers=dict(headers)).status_code)
