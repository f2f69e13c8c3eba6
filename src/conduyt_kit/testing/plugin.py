"""Pytest fixtures for plugin authors, active wherever the kit is installed. They do nothing until a test asks for one.

Example::

    def test_ship_is_launched(kit_factory, call):
        kit = kit_factory(plugins=[ShipsPlugin()])

        status, body = call(kit, "POST", "/ships", {"name": "Aurora"})

        assert status == 201
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec
import pytest

from conduyt_kit import Actor, Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.context import Identity, Scope
from conduyt_kit.kernel.endpoints import API_ROOT, Request
from conduyt_kit.ports.authentication import AUTHENTICATOR

KitFactory = Callable[..., Kit]
CallEndpoint = Callable[..., tuple[int, Any]]


class AnyWorkspace:
    """An authenticator for tests: the bearer token is the workspace, and whoever has one may do everything in it."""

    def authenticate(self, token: str) -> Identity:
        actor = Actor(id="usr_tester", name="Tester")
        return Identity(workspace=token, actor=actor, scopes=frozenset(Scope), credential=f"test:{token}")


class TestIdentityPlugin(KitPlugin):
    """Provides `AnyWorkspace`."""

    __test__ = False
    name = "testing"

    def conduyt_providers(self) -> list[ProviderSpec[Any]]:
        return [ProviderSpec(port=AUTHENTICATOR, name="testing", make=lambda _: AnyWorkspace())]


@pytest.fixture
def kit_factory() -> Iterator[KitFactory]:
    """Build kits in memory, with everybody admitted; each is stopped after the test.

    Takes `plugins`, `settings` and `clock` as `Kit.build` does.
    """
    kits: list[Kit] = []

    def make(plugins: Sequence[KitPlugin | str] = (), settings: Mapping[str, Any] | None = None, clock: Clock | None = None) -> Kit:
        merged = {"rate_limit": "off", **(settings or {})}
        merged["providers"] = {"authentication": "testing", **merged.get("providers", {})}
        kits.append(Kit.build(merged, plugins=[TestIdentityPlugin(), *plugins], clock=clock))
        return kits[-1]

    yield make
    for kit in kits:
        kit.stop()


@pytest.fixture
def call() -> CallEndpoint:
    """Call an operation without HTTP: ``call(kit, method, path, json=None, workspace="ws_test")`` returns (status, body)."""

    def call_endpoint(kit: Kit, method: str, path: str, json: Any = None, *, workspace: str = "ws_test") -> tuple[int, Any]:
        target, _, query = path.partition("?")
        target = target if target.startswith(API_ROOT) else API_ROOT + target
        for known, route in sorted(kit.responders, key=lambda key: key[1].replace(":", "~")):
            found = re.fullmatch(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", route), target) if known == method else None
            if found:
                request = Request(
                    method=method,
                    target=target,
                    path={name: unquote(value) for name, value in found.groupdict().items()},
                    query=parse_qs(query, keep_blank_values=True),
                    headers={"authorization": f"Bearer {workspace}", "content-type": "application/json"},
                    body=b"" if json is None else msgspec.json.encode(json),
                    remote="127.0.0.1",
                    id="req_test",
                )
                reply = kit.responders[known, route](request)
                return reply.status, msgspec.json.decode(reply.body) if reply.body else None
        raise LookupError(f"No operation {method} {target}")

    return call_endpoint


@pytest.fixture
def drain() -> Callable[[Kit], int]:
    """Run all due jobs of a kit, and those they cause; returns how many ran."""

    def run(kit: Kit) -> int:
        ran = 0
        executor = kit.job_executor()
        while number := executor.run_due(limit=50):
            ran += number
        return ran

    return run
