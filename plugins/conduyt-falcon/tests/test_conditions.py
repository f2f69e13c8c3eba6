import threading
from typing import Any


def path_of(company: Any) -> Any:
    return f"/api/v1/companies/{company['id']}"


def test_current_version_is_not_sent_again(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    for header in (tag, f'"other", {tag}', f"W/{tag}"):
        answer = api.simulate_get(path, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


def test_changed_version_is_sent_with_a_new_tag(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    changed = api.simulate_patch(path, json={"domain": "acme.com"})
    answer = api.simulate_get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json["data"]["domain"]) == (200, "acme.com")
    assert answer.headers["etag"] == changed.headers["etag"] != tag


def test_change_of_the_current_version_is_carried_out(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    answer = api.simulate_patch(path, json={"domain": "acme.com"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json["data"]["domain"]) == (200, "acme.com")


def test_change_of_a_stale_version_is_refused(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    api.simulate_patch(path, json={"domain": "acme.com"})
    for method, body in (("PATCH", {"domain": "b.com"}), ("DELETE", None)):
        answer = api.simulate_request(method, path, json=body, headers={"If-Match": tag})
        assert (answer.status_code, answer.json["error"]["code"]) == (412, "precondition_failed")
    assert api.simulate_get(path).json["data"]["domain"] == "acme.com"


def test_deletion_of_the_current_version_is_carried_out(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    assert api.simulate_delete(path, headers={"If-Match": tag}).status_code == 204
    assert api.companies() == []


def test_any_version_matches_a_star(api: Any) -> None:
    path = path_of(api.new_company())
    assert api.simulate_patch(path, json={"domain": "acme.com"}, headers={"If-Match": "*"}).status_code == 200


def test_condition_on_a_missing_record_is_not_found(api: Any) -> None:
    answer = api.simulate_patch("/api/v1/companies/none", json={}, headers={"If-Match": '"x"'})
    assert answer.status_code == 404


def test_of_changes_that_start_from_one_version_exactly_one_wins(api: Any) -> None:
    path = path_of(api.new_company())
    tag = api.simulate_get(path).headers["etag"]
    answers = {}
    start = threading.Barrier(4)

    def change(number: Any) -> None:
        start.wait(10)
        answers[number] = api.simulate_patch(path, json={"domain": f"{number}.com"}, headers={"If-Match": tag})

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(answer.status_code for answer in answers.values()) == [200, 412, 412, 412]
    winner = next(number for number, answer in answers.items() if answer.status_code == 200)
    assert api.simulate_get(path).json["data"]["domain"] == f"{winner}.com"
