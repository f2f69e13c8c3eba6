import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from falcon import testing

import conduyt_falcon
from conduyt_kit.kit import Kit

PROBE = Path(__file__).with_name("probe.py")


@pytest.fixture(scope="session")
def probe_module() -> Any:
    """Load the probe once, under one name, whichever way pytest imports the tests."""
    if "conduyt_falcon_probe" not in sys.modules:
        spec = importlib.util.spec_from_file_location("conduyt_falcon_probe", PROBE)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["conduyt_falcon_probe"] = module
        spec.loader.exec_module(module)
    return sys.modules["conduyt_falcon_probe"]


@pytest.fixture
def probe(probe_module: Any) -> Any:
    return probe_module.ProbePlugin()


@pytest.fixture
def build(probe: Any) -> Any:
    """Return a function that builds a started kit with the probe; settings by keyword, further plugins in `plugins`."""
    kits = []

    def make(
        *, plugins: Any = (), clock: Any = None, features: Any = ("custom_fields", "companies", "falcon_probe"), **settings: Any
    ) -> Any:
        values = {"rate_limit": "off", "features": features, "providers": {"authentication": "fixed"}, **settings}
        kit = Kit.build(values, plugins=[conduyt_falcon.FalconPlugin(), probe, *plugins], clock=clock)
        kits.append(kit)
        return kit

    yield make
    for kit in kits:
        kit.stop()


@pytest.fixture
def kit(build: Any) -> Any:
    return build()


class Api(testing.TestClient):
    """A client with a credential; `companies` are the names of what the credential's workspace holds."""

    def companies(self) -> Any:
        return sorted(company["name"] for company in self.simulate_get("/api/v1/companies").json["data"])

    def new_company(self, name: Any = "Acme", **headers: Any) -> Any:
        answer = self.simulate_post("/api/v1/companies", json={"name": name}, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json["data"]


@pytest.fixture
def api_of() -> Any:
    """Return a function that makes a client of a kit, for one of the probe's credentials."""

    def make(kit: Kit, token: Any = "admin-token") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Api(conduyt_falcon.wsgi(kit), headers=headers)

    return make


@pytest.fixture
def api(kit: Kit, api_of: Any) -> Any:
    return api_of(kit)
