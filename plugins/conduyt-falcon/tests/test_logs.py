import json
import logging
from typing import Any

import pytest

from conduyt_falcon import JsonLines, RequestIdFilter
from conduyt_falcon.logs import REQUEST_ID


class Lines(logging.Handler):
    def __init__(self, formatter: Any) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: Any) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Any:
    logger = logging.getLogger("conduyt")
    handler = Lines(JsonLines())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.fixture
def logged_api(build: Any, api_of: Any) -> Any:
    return api_of(build(http={"access_log": True}))


def test_each_request_is_one_line_of_json(logged_api: Any, lines: Any) -> None:
    logged_api.simulate_post(
        "/api/v1/companies", json={"name": "Acme"}, headers={"X-Request-Id": "mine"}, extras={"REMOTE_ADDR": "127.0.0.1"}
    )
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert {name: line[name] for name in ("level", "logger", "message", "requestId", "method", "route", "status", "client")} == {
        "level": "info",
        "logger": "conduyt.access",
        "message": "POST /api/v1/companies 201",
        "requestId": "mine",
        "method": "POST",
        "route": "/api/v1/companies",
        "status": 201,
        "client": "127.0.0.1",
    }
    assert line["milliseconds"] >= 0


def test_access_log_is_off_by_default(api: Any, lines: Any) -> None:
    api.simulate_get("/api/v1/companies")
    assert lines == []


def test_no_secret_is_logged(logged_api: Any, lines: Any) -> None:
    sentinels = ["body-secret", "query-secret", "path-secret", "header-secret", "cookie-secret"]
    logged_api.simulate_post(
        "/api/v1/companies",
        json={"name": sentinels[0]},
        query_string=f"token={sentinels[1]}",
        headers={"Authorization": f"Bearer {sentinels[3]}", "Cookie": f"session={sentinels[4]}", "User-Agent": sentinels[3]},
    )
    logged_api.simulate_get(f"/api/v1/companies/{sentinels[2]}")
    assert len(lines) == 2
    assert not [sentinel for sentinel in sentinels if sentinel in "".join(lines)]


@pytest.mark.parametrize("evil", ["%0d%0afake", "%0afake", "%e2%80%a8fake", "%1b%5b31mfake", "%c2%85fake", "%7f"])
def test_nothing_in_a_request_forges_a_line(logged_api: Any, lines: Any, evil: str) -> None:
    logged_api.simulate_get(f"/{evil}", headers={"X-Request-Id": "a"}, extras={"HTTP_X_FORWARDED_FOR": "1.1.1.1\r\nfake"})
    assert len(lines) == 1
    assert lines[0].isascii()
    assert lines[0].isprintable()


def test_crash_is_logged_with_the_request_and_one_line(api: Any, lines: Any) -> None:
    answer = api.simulate_post("/api/v1/probe/crash")
    line = json.loads(lines[0])
    assert len(lines) == 1
    assert (line["level"], line["requestId"]) == ("error", answer.headers["x-request-id"])
    assert "RuntimeError: secret detail" in line["exception"]
    assert "\n" not in lines[0]


def test_control_characters_of_a_message_are_escaped() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\r\nb\u2028c\x9b1m\u202e", (), None)
    line = JsonLines().format(record)
    assert json.loads(line)["message"] == record.msg
    assert not set("\r\n\u2028\x9b\u202e") & set(line)


def test_filter_gives_records_the_id_of_their_request(api: Any) -> None:
    seen = []

    class Catch(logging.Handler):
        def emit(self, record: Any) -> None:
            seen.append(record.request_id)

    handler = Catch()
    handler.addFilter(RequestIdFilter())
    logger = logging.getLogger("conduyt.requests")
    logger.addHandler(handler)
    try:
        api.simulate_post("/api/v1/probe/crash", headers={"X-Request-Id": "mine"})
        logger.error("outside")
    finally:
        logger.removeHandler(handler)
    assert seen == ["mine", ""]
    assert REQUEST_ID.get() == ""
