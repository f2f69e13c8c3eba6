import datetime as dt
import gzip
import json
import re
import threading
from typing import Any

import openapi_spec_validator
import pytest
from falcon import testing

from conduyt_falcon.application import application_of
from conduyt_kit.extension import HealthCheck, KitPlugin
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kit import Kit


@pytest.fixture
def visitor(kit: Kit, api_of: Any) -> Any:
    return api_of(kit, None)


def test_server_that_is_up_is_alive(visitor: Any) -> None:
    answer = visitor.simulate_get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_server_is_ready_while_its_checks_pass(visitor: Any) -> None:
    answer = visitor.simulate_get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert {"name": "probe", "ok": True, "essential": True, "message": "the probe is on"} in answer.json["checks"]


def test_server_is_not_ready_when_an_essential_check_fails_and_says_what_to_do(visitor: Any, probe: Any) -> None:
    probe.ready = False
    answer = visitor.simulate_get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert {"name": "probe", "ok": False, "essential": True, "message": "The probe is off; turn it on"} in answer.json["checks"]


def test_checks_are_asked_once_a_second_however_many_ask(build: Any, api_of: Any, probe: Any) -> None:
    clock = FrozenClock(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    visitor = api_of(build(clock=clock), None)
    assert visitor.simulate_get("/readyz").status_code == 200
    probe.ready = False
    clock.advance(dt.timedelta(seconds=0.9))
    assert visitor.simulate_get("/readyz").status_code == 200
    clock.advance(dt.timedelta(seconds=0.1))
    assert visitor.simulate_get("/readyz").status_code == 503


def test_gate_lets_health_pages_pass_while_a_request_takes_long(kit: Kit, api: Any, probe: Any) -> None:
    gated = testing.TestClient(application_of(kit, gate=threading.Lock()), headers={"Authorization": "Bearer admin-token"})
    long = threading.Thread(target=lambda: gated.simulate_post("/api/v1/probe/waiting"))
    long.start()
    assert probe.entered.wait(10)
    alive = gated.simulate_get("/healthz")
    probe.release.set()
    long.join(10)
    assert alive.status_code == 200
    assert gated.simulate_get("/readyz").status_code == 200


class Extra(KitPlugin):
    name = "extra"

    def __init__(self, *, essential: Any) -> None:
        self.essential = essential

    def conduyt_health_checks(self) -> Any:
        return [HealthCheck(name="extra", check=lambda _: str(1 // 0), essential=self.essential)]


def test_check_that_is_not_essential_does_not_make_the_server_unready(build: Any, api_of: Any) -> None:
    answer = api_of(build(plugins=[Extra(essential=False)])).simulate_get("/readyz")
    assert answer.status_code == 200
    assert [check["ok"] for check in answer.json["checks"] if check["name"] == "extra"] == [False]


def test_check_that_crashes_has_failed_and_tells_nobody_why(build: Any, api_of: Any) -> None:
    answer = api_of(build(plugins=[Extra(essential=True)])).simulate_get("/readyz")
    assert answer.status_code == 503
    assert "division" not in answer.text


def test_metrics_are_off_by_default(visitor: Any) -> None:
    assert visitor.simulate_get("/metrics").status_code == 404


def test_metrics_count_by_route_and_never_by_path(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"metrics": True}))
    for number in range(3):
        api.simulate_get(f"/api/v1/companies/secret{number}")
        api.simulate_get(f"/secret{number}")
    api.simulate_request("TRACE", "/api/v1/companies")
    answer = api.simulate_get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'conduyt_http_requests_total{method="GET",route="/api/v1/companies/:id",status="404"} 3.0' in answer.text
    assert 'conduyt_http_requests_total{method="GET",route="unmatched",status="404"} 3.0' in answer.text
    assert 'conduyt_http_request_seconds_count{method="GET",route="/api/v1/companies/:id"} 3.0' in answer.text
    assert "secret" not in answer.text
    assert 'method="other"' in answer.text


def test_applications_count_apart(build: Any, api_of: Any) -> None:
    one, other = api_of(build(http={"metrics": True})), api_of(build(http={"metrics": True}))
    one.simulate_get("/healthz")
    assert "/healthz" not in other.simulate_get("/metrics").text


def test_openapi_document_is_served_and_valid(visitor: Any, kit: Kit) -> None:
    answer = visitor.simulate_get("/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    openapi_spec_validator.validate(answer.json)
    operations = sum(len(operations) for operations in answer.json["paths"].values())
    assert operations == len(kit.endpoints)


def test_openapi_document_is_not_sent_twice(visitor: Any) -> None:
    tag = visitor.simulate_get("/api/v1/openapi.json").headers["etag"]
    answer = visitor.simulate_get("/api/v1/openapi.json", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_large_pages_are_compressed_where_that_is_accepted(visitor: Any) -> None:
    plain = visitor.simulate_get("/api/v1/openapi.json")
    packed = visitor.simulate_get("/api/v1/openapi.json", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert json.loads(gzip.decompress(packed.content)) == plain.json


def test_reference_refers_to_files_of_this_server_only(visitor: Any) -> None:
    page = visitor.simulate_get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    referred = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(referred) == 5
    for reference in referred:
        assert "//" not in reference
        assert visitor.simulate_get(f"/{reference}").status_code == 200, reference


def test_reference_runs_only_scripts_of_this_server(visitor: Any) -> None:
    policy = visitor.simulate_get("/docs").headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


def test_swagger_ui_is_served_with_its_licences(visitor: Any) -> None:
    assert "Apache License" in visitor.simulate_get("/docs/LICENSE").text
    assert "SmartBear" in visitor.simulate_get("/docs/NOTICE").text
    assert visitor.simulate_get("/docs/swagger-ui-bundle.js.LICENSE.txt").status_code == 200


def test_reference_with_a_final_slash_leads_to_the_one_without(visitor: Any) -> None:
    answer = visitor.simulate_get("/docs/")
    assert (answer.status_code, answer.headers["location"]) == (308, "../docs")


def test_reference_can_be_turned_off(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"docs": False}))
    for path in ("/docs", "/docs/swagger-ui.css", "/api/v1/openapi.json"):
        assert api.simulate_get(path).status_code == 404


def test_pages_answer_head_and_options(visitor: Any) -> None:
    assert (visitor.simulate_head("/healthz").status_code, visitor.simulate_head("/healthz").content) == (200, b"")
    assert visitor.simulate_options("/docs").headers["allow"] == "GET, HEAD, OPTIONS"
    assert visitor.simulate_post("/healthz").status_code == 405
