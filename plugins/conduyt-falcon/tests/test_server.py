import contextlib
import http.client
import importlib.util
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest


def loaded(name: Any) -> Any:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("server_process.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


server_process = loaded("conduyt_falcon_server_process")
ADMIN = server_process.ADMIN
AUTHORIZED = b"Host: x\r\nAuthorization: Bearer admin-token\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Any:
    found = tmp_path_factory.mktemp("site")
    server_process.install_probe(found)
    return found


@pytest.fixture(scope="module")
def server(folder: Path) -> Any:
    found = server_process.ServerProcess(folder, http={"body_limit": 1000, "trusted_proxies": 1})
    try:
        yield found.wait_until_up()
    finally:
        found.stop()


@pytest.fixture
def start(folder: Path) -> Any:
    started = []

    def make(**settings: Any) -> Any:
        started.append(server_process.ServerProcess(folder, **settings))
        return started[-1]

    yield make
    for found in started:
        found.stop()


def names_after(server: Any, name: Any) -> Any:
    return name in server.companies()


def test_answers_have_their_length_and_date(server: Any) -> None:
    status, body, headers = server.send("GET", "/healthz")
    assert (status, headers["content-length"]) == (200, str(len(body)))
    assert headers["date"].endswith(" GMT")
    assert headers["x-content-type-options"] == "nosniff"


def test_chunked_body_is_taken(server: Any) -> None:
    chunks = b"8\r\n" + b'{"name":' + b"\r\n" + b"a\r\n" + b'"Chunked"}' + b"\r\n0\r\n\r\n"
    answer = server.exchange(b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert names_after(server, "Chunked")


def test_chunked_body_over_the_limit_is_refused(server: Any) -> None:
    chunk = b"400\r\n" + b"x" * 0x400 + b"\r\n"
    raw = b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 4 + b"0\r\n\r\n"
    assert server.exchange(raw).startswith(b"HTTP/1.1 413 ")


def test_announced_gigabyte_is_refused_at_once(server: Any) -> None:
    raw = b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + b"Content-Length: 1073741824\r\n\r\n"
    assert server.exchange(raw).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 17\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 17\r\n",
        b"Content-Length: -17\r\n",
        b"Content-Length: 0x11\r\n",
    ],
)
def test_contradicting_lengths_create_nothing_behind_the_servers_back(server: Any, lines: Any) -> None:
    smuggled = b'{"name":"Smuggl"}POST /api/v1/companies HTTP/1.1\r\n' + AUTHORIZED + b'Content-Length: 18\r\n\r\n{"name":"Smuggled"}'
    answer = server.exchange(b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + lines + b"\r\n" + smuggled)
    assert b" 201 " not in answer
    assert not names_after(server, "Smuggled")


def test_connection_that_ends_within_a_body_creates_nothing(server: Any) -> None:
    with server.open() as connection:
        connection.sendall(b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + b'Content-Length: 30\r\n\r\n{"name":"Partial"}')
    assert server.send("GET", "/healthz")[0] == 200
    assert not names_after(server, "Partial")


def test_connection_goes_on_after_answers_without_a_body(server: Any) -> None:
    answer = server.exchange(b"".join(method + b" /healthz HTTP/1.1\r\nHost: x\r\n\r\n" for method in (b"HEAD", b"OPTIONS", b"GET")))
    assert [line[9:12] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")] == [b"200", b"204", b"200"]
    assert answer.count(b'{"status":"ok"}') == 1


def test_client_address_is_seen_through_the_trusted_proxy(server: Any) -> None:
    status, body, _ = server.send("GET", "/api/v1/probe/address", headers={"X-Forwarded-For": "6.6.6.6, 5.5.5.5"})
    assert (status, json.loads(body)) == (200, {"data": {"text": "5.5.5.5"}})
    assert json.loads(server.send("GET", "/api/v1/probe/address")[1]) == {"data": {"text": "127.0.0.1"}}


def test_clients_that_send_slowly_do_not_hold_up_others(server: Any) -> None:
    slow = [server.open() for _ in range(8)]
    for connection in slow:
        connection.sendall(b"POST /api/v1/companies HTTP/1.1\r\n" + AUTHORIZED + b'Content-Length: 16\r\n\r\n{"name":')
    assert server.send("GET", "/api/v1/companies", timeout=5)[0] == 200
    for number, connection in enumerate(slow):
        connection.sendall(b'"Slow%d"}' % number)
        assert connection.recv(100).startswith(b"HTTP/1.1 201 ")
        connection.close()


def test_crash_is_answered_and_logged_as_one_line_of_json(server: Any) -> None:
    status, body, headers = server.send("POST", "/api/v1/probe/crash")
    assert (status, json.loads(body)["error"]["code"]) == (500, "internal_error")
    lines = [line for line in server.log.read_text().splitlines() if headers["x-request-id"] in line]
    assert len(lines) == 1
    assert "RuntimeError: secret detail" in json.loads(lines[0])["exception"]


def test_running_request_is_finished_before_the_server_stops(start: Any) -> None:
    server = start().wait_until_up()
    answers = []
    request = threading.Thread(target=lambda: answers.append(server.send("GET", "/api/v1/probe/slow?seconds=1.5")))
    request.start()
    time.sleep(0.5)
    server.terminate()
    request.join(10)
    assert [answer[0] for answer in answers] == [200]
    assert server.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        server.open()


def test_request_that_does_not_end_is_cut_off_after_the_time_allowed(start: Any) -> None:
    server = start(http={"shutdown_timeout": 1}).wait_until_up()
    with server.open() as connection:
        connection.sendall(b"GET /api/v1/probe/slow?seconds=60 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        server.terminate()
        assert server.process.wait(10) == 0


def test_server_whose_processes_cannot_start_gives_up_with_an_error(start: Any) -> None:
    server = start(plugins=("falcon",), features=["companies", "custom_fields"], providers={})
    assert server.process.wait(30) != 0
    assert "Nothing provides 'authentication'" in server.log.read_text()


def test_server_process_that_dies_is_replaced_and_reported(start: Any) -> None:
    server = start().wait_until_up()
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.send("POST", "/api/v1/probe/death")
    wait_for(lambda: _answers(server))
    assert '"message":"Unexpected exit from worker-1"' in server.log.read_text()
    assert server.stop() == 0


def _answers(server: Any) -> bool:
    try:
        return bool(server.send("GET", "/healthz", timeout=1)[0] == 200)
    except (OSError, http.client.HTTPException):
        return False


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


EMBEDDED = ("falcon", "falcon_probe", "sqlalchemy", "dramatiq")


def test_jobs_of_the_embedded_server_run_in_its_supervisor_as_soon_as_they_are_committed(start: Any, tmp_path: Path) -> None:
    # The sweep alone would take a minute, so it is the hint that starts the job.
    witness = tmp_path / "witness"
    server = start(
        plugins=EMBEDDED, data_dir=str(tmp_path / "data"), broker={"sweep_interval": 60}, probe={"witness": str(witness)}
    ).wait_until_up()
    time.sleep(0.3)
    assert server.send("POST", "/api/v1/probe/job")[0] == 200
    wait_for(witness.exists)
    assert int(witness.read_text()) == server.process.pid
    assert server.stop() == 0


def test_committed_records_outlive_the_server(start: Any, tmp_path: Path) -> None:
    settings = {"plugins": EMBEDDED, "data_dir": str(tmp_path / "data"), "http": {"metrics": True, "workers": 2}}
    server = start(**settings).wait_until_up()
    statuses = [
        server.send("POST", "/api/v1/companies", b'{"name": "Kept"}', {**ADMIN, "Content-Type": "application/json"})[0] for _ in range(6)
    ]
    assert statuses == [201] * 6
    assert 'route="/api/v1/companies",status="201"} 6.0' in server.send("GET", "/metrics")[1].decode()
    assert server.stop() == 0
    again = start(**settings).wait_until_up()
    assert again.companies() == ["Kept"] * 6
    assert again.stop() == 0
