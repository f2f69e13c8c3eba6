import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit.testing import services


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: Any, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'conduyt.db'}"
    else:
        with services.postgres_url() as url:
            yield url if url.startswith("postgresql+psycopg:") else url.replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture
def applications(build: Any, api_of: Any, database_url: Any) -> Any:
    """Return clients of two applications over one database, as two server processes are."""
    from conduyt_sqlalchemy.migrate import create_tables
    from conduyt_sqlalchemy.plugin import SqlAlchemyPlugin

    kits = [build(plugins=[SqlAlchemyPlugin()], database={"url": database_url, "pool_size": 8}) for _ in range(2)]
    create_tables(kits[0].environment.storage, tuple(kits[0].environment.entities.values()))
    yield [api_of(kit) for kit in kits]
    for kit in kits:
        kit.stop()


def at_once(sends: Any) -> Any:
    """Run functions at the same time and return what they returned."""
    results = {}
    start = threading.Barrier(len(sends))

    def run(number: Any) -> None:
        start.wait(10)
        results[number] = sends[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [results[number] for number in range(len(sends))]


def test_of_changes_that_start_from_one_version_exactly_one_wins(applications: Any) -> None:
    for round_number in range(5):
        company = applications[0].new_company(f"Acme {round_number}")
        path = f"/api/v1/companies/{company['id']}"
        tag = applications[1].simulate_get(path).headers["etag"]
        answers = at_once(
            [
                partial(api.simulate_patch, path, json={"domain": f"{number}.com"}, headers={"If-Match": tag})
                for number, api in enumerate(applications * 3)
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
        winner = next(answer for answer in answers if answer.status_code == 200)
        assert applications[0].simulate_get(path).json == winner.json


def test_repeated_request_at_many_servers_has_one_effect(applications: Any) -> None:
    for round_number in range(5):
        headers = {"Idempotency-Key": f"key-{round_number}"}
        body = {"name": f"Acme {round_number}"}
        answers = at_once([partial(api.simulate_post, "/api/v1/companies", json=body, headers=headers) for api in applications * 3])
        assert {answer.status_code for answer in answers} <= {201, 409}
        created = {answer.content for answer in answers if answer.status_code == 201}
        assert len(created) == 1
    assert applications[0].companies() == [f"Acme {number}" for number in range(5)]


def test_replay_keeps_nobody_from_writing(applications: Any) -> None:
    one, other = applications
    headers = {"Idempotency-Key": "key"}
    for _ in range(2):
        assert one.simulate_post("/api/v1/companies", json={"name": "Acme"}, headers=headers).status_code == 201
    other.new_company("Next")
    assert one.companies() == ["Acme", "Next"]


def test_request_in_flight_is_not_started_again_and_not_waited_for(applications: Any, probe: Any) -> None:
    headers = {"Idempotency-Key": "key"}
    first = []
    thread = threading.Thread(target=lambda: first.append(applications[0].simulate_post("/api/v1/probe/waiting", headers=headers)))
    thread.start()
    assert probe.entered.wait(10)
    second = applications[0].simulate_post("/api/v1/probe/waiting", headers=headers)
    probe.release.set()
    thread.join(10)
    assert (second.status_code, second.json["error"]["code"]) == (409, "conflict")
    assert [answer.status_code for answer in first] == [200]
    assert applications[0].companies() == ["Waited"]


def test_crash_and_reply_that_cannot_be_encoded_leave_nothing(applications: Any) -> None:
    for path in ("/api/v1/probe/crash", "/api/v1/probe/unencodable"):
        assert applications[0].simulate_post(path).status_code == 500
    assert applications[1].companies() == []


def test_odd_ids_are_not_found(applications: Any) -> None:
    for id in ("%00", "a%00", "%F4%8F%BF%BF", "x" * 3000, "%27%3B--", "..%2F..", "%EF%BF%BD"):
        for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
            answer = applications[0].simulate_request(method, f"/api/v1/companies/{id}", json=body)
            assert answer.status_code == 404, (id, answer.text)
