import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Temporary
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP, HttpReply
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.workflows.flows import TASK, add_workflow, fire, flowing_kit, only_run, states, tasks

URL = "https://hooks.example.org/new"


class Outside(KitPlugin):
    """The world outside: answers with the statuses in `answers`, then 200; 0 is no answer at all."""

    name: ClassVar[str] = "outside"

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.posts: list[tuple[str, bytes, dict[str, str]]] = []

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=OUTGOING_HTTP, name="outside", make=lambda _: self)]

    def check(self, url: str) -> None:
        if "inside" in url:
            raise ValueError("Must not be inside")

    def turn(self, workspace: str, endpoint: str) -> AbstractContextManager[None]:
        return nullcontext()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        self.posts.append((url, body, dict(headers)))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise Temporary("No such host")
        return HttpReply(status=status, headers={"retry-after": "30"} if status == 429 else {}, duration=12)


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def kit(clock: FrozenClock, outside: Outside) -> Iterator[Kit]:
    with flowing_kit(outside, clock=clock) as kit:
        yield kit


def hook(**config: Any) -> dict[str, Any]:
    return {"type": "send_webhook", "config": {"url": URL, **config}}


@pytest.mark.parametrize(("payload", "body"), [(None, {"score": 81}), ({"hello": "Mira"}, {"hello": "Mira"}), ({}, {})])
def test_event_or_payload_is_posted(api: Api, outside: Outside, payload: Any, body: dict[str, Any]) -> None:
    id = add_workflow(api, "custom.scored", hook(payload=payload))
    fire(api, score=81)

    run = only_run(api, id)
    assert run["actions"][0]["result"] == {"status": 200, "durationMs": 12}
    [(url, posted, headers)] = outside.posts
    assert (url, json.loads(posted)) == (URL, body)
    assert (headers["Content-Type"], headers["Idempotency-Key"]) == ("application/json", f"{run['id']}_0")


def test_passing_trouble_is_tried_again_with_the_same_bytes(api: Api, kit: Kit, clock: FrozenClock, outside: Outside) -> None:
    id = add_workflow(api, "custom.scored", TASK, hook(), TASK)
    outside.answers = [500, 0, 429]
    fire(api, score=81)
    for _ in range(3):
        clock.advance(dt.timedelta(minutes=10))
        drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"] * 3)
    assert len(outside.posts) == 4
    assert len({(body, headers["Idempotency-Key"]) for _, body, headers in outside.posts}) == 1
    assert tasks(api) == ["Follow up"] * 2


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_refusal_of_the_other_side_is_final(api: Api, outside: Outside, status: int) -> None:
    id = add_workflow(api, "custom.scored", hook(), TASK)
    outside.answers = [status]
    fire(api)

    run = only_run(api, id)
    assert states(run) == ("failed", ["failed", "skipped"])
    assert run["actions"][0]["error"] == f"The other side answered with the status {status}"
    assert len(outside.posts) == 1


def test_address_inside_is_never_called(api: Api, outside: Outside) -> None:
    id = add_workflow(api, "custom.scored", hook(url="https://inside.example.org"))
    fire(api)

    assert only_run(api, id)["actions"][0]["error"] == "url: Must not be inside"
    assert outside.posts == []


def test_address_inside_is_not_called_by_the_kits_own_provider() -> None:
    with flowing_kit() as kit:
        api = Api(kit, "admin-ws_a")
        id = add_workflow(api, "custom.scored", hook(url="https://127.0.0.1/admin"))
        fire(api)

        assert states(only_run(api, id)) == ("failed", ["failed"])


@pytest.mark.parametrize("url", ["ftp://example.org", "hooks.example.org", ""])
def test_address_must_be_one_of_the_web(api: Api, url: str) -> None:
    body = {"name": "x", "trigger": {"event": "custom.scored"}, "actions": [hook(url=url)]}

    assert api.post("/workflows", body).status == 422


def test_retry_after_a_refusal_posts_again(api: Api, kit: Kit, outside: Outside) -> None:
    id = add_workflow(api, "custom.scored", hook())
    outside.answers = [404]
    fire(api)

    assert api.post(f"/workflows/{id}/runs/{only_run(api, id)['id']}/retry").status == 200
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert len(outside.posts) == 2
