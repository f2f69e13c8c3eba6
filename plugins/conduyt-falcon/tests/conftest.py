import importlib.util
import sys
from pathlib import Path

import conduyt_falcon
import pytest
from falcon import testing

from conduyt_kit.kit import Kit

PROBE = Path(__file__).with_name("probe.py")


@pytest.fixture(scope="session")
def probe_module():
    """Load the probe once, under one name, whichever way pytest imports the tests."""
    if "conduyt_falcon_probe" not in sys.modules:
        spec = importlib.util.spec_from_file_location("conduyt_falcon_probe", PROBE)
        module = importlib.util.module_from_spec(spec)
        sys.modules["conduyt_falcon_probe"] = module
        spec.loader.exec_module(module)
    return sys.modules["conduyt_falcon_probe"]


@pytest.fixture
def probe(probe_module):
    return probe_module.ProbePlugin()


@pytest.fixture
def build(probe):
    """Return a function that builds a started kit with the probe; settings by keyword, further plugins in `plugins`."""
    kits = []

    def make(*, plugins=(), features=("custom_fields", "companies", "falcon_probe"), **settings):
        values = {"rate_limit": "off", "features": features, "providers": {"authentication": "fixed"}, **settings}
        kit = Kit.build(values, plugins=[conduyt_falcon.FalconPlugin(), probe, *plugins])
        kits.append(kit)
        return kit

    yield make
    for kit in kits:
        kit.stop()


@pytest.fixture
def kit(build):
    return build()


class Api(testing.TestClient):
    """A client with a credential; `companies` are the names of what the credential's workspace holds."""

    def companies(self):
        return sorted(company["name"] for company in self.simulate_get("/api/v1/companies").json["data"])

    def new_company(self, name="Acme", **headers):
        answer = self.simulate_post("/api/v1/companies", json={"name": name}, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json["data"]


@pytest.fixture
def api_of():
    """Return a function that makes a client of a kit, for one of the probe's credentials."""

    def make(kit, token="admin-token"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Api(conduyt_falcon.wsgi(kit), headers=headers)

    return make


@pytest.fixture
def api(kit, api_of):
    return api_of(kit)
