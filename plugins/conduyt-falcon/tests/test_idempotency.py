import threading
from typing import Any

from conduyt_kit.kit import Kit

KEY = {"Idempotency-Key": "key-1"}


def create(api: Any, name: Any = "Acme", path: Any = "/api/v1/companies", **headers: Any) -> Any:
    return api.simulate_post(path, json={"name": name}, headers={**KEY, **headers})


def test_repeated_request_is_answered_as_before_and_has_no_second_effect(api: Any) -> None:
    first, second = create(api), create(api)
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert second.headers["content-type"] == "application/json"
    assert api.companies() == ["Acme"]


def test_replay_keeps_nobody_from_writing(api: Any) -> None:
    create(api)
    create(api)
    api.new_company("Next")
    assert api.companies() == ["Acme", "Next"]


def test_same_key_with_another_body_is_refused(api: Any) -> None:
    create(api)
    answer = create(api, "Other")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "validation_failed")
    assert answer.json["error"]["details"][0]["field"] == "Idempotency-Key"
    assert api.companies() == ["Acme"]


def test_keys_of_other_credentials_are_not_mixed_up(kit: Kit, api: Any, api_of: Any) -> None:
    other = api_of(kit, "other-token")
    create(api)
    assert create(other, "Elsewhere").status_code == 201
    assert (api.companies(), other.companies()) == (["Acme"], ["Elsewhere"])


def test_key_is_bound_to_the_path_but_not_to_the_query(api: Any) -> None:
    first = create(api)
    assert create(api, path="/api/v1/companies?x=1").content == first.content
    answer = api.simulate_post("/api/v1/custom-fields", json={"name": "Tier", "key": "tier", "type": "text", "entity": "deal"}, headers=KEY)
    assert answer.status_code == 201


def test_refused_request_leaves_the_key_free(api: Any) -> None:
    assert api.simulate_post("/api/v1/companies", json={"nme": "Acme"}, headers=KEY).status_code == 422
    assert create(api).status_code == 201


def test_crashed_request_leaves_the_key_free(api: Any) -> None:
    for _ in range(2):
        answer = api.simulate_post("/api/v1/probe/crash", headers=KEY)
        assert (answer.status_code, "idempotent-replayed" in answer.headers) == (500, False)
    assert api.companies() == []


def test_key_that_is_too_long_or_empty_is_refused(api: Any) -> None:
    for key in ("x" * 256, ""):
        assert api.simulate_post("/api/v1/companies", json={"name": "Acme"}, headers={"Idempotency-Key": key}).status_code == 400
    assert api.companies() == []


def test_secret_is_not_shown_again(api: Any) -> None:
    assert api.simulate_post("/api/v1/probe/secret", headers=KEY).status_code == 200
    answer = api.simulate_post("/api/v1/probe/secret", headers=KEY)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "conflict")
    assert "shown once" not in answer.text
    assert api.companies() == ["Secretive"]


def test_request_in_flight_is_not_started_again(api: Any, probe: Any) -> None:
    answers = []
    first = threading.Thread(target=lambda: answers.append(api.simulate_post("/api/v1/probe/waiting", headers=KEY)))
    first.start()
    assert probe.entered.wait(10)
    second = api.simulate_post("/api/v1/probe/waiting", headers=KEY)
    probe.release.set()
    first.join(10)
    assert (second.status_code, second.json["error"]["code"]) == (409, "conflict")
    assert answers[0].status_code == 200
    assert api.companies() == ["Waited"]


def test_many_at_once_have_one_effect(api: Any) -> None:
    answers = []
    start = threading.Barrier(8)

    def send() -> None:
        start.wait(10)
        answers.append(create(api))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert api.companies() == ["Acme"]
