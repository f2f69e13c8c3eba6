from functools import partial

import msgspec
import pytest

from conduyt_kit import Kit
from tests.features.calls import Answer, Api
from tests.features.records import trail
from tests.features.sales import add_contact, add_deal, add_invoice, add_pipeline, made
from tests.races.together import statuses, together

ROUNDS = 5


def patch_if(api: Api, path: str, tag: str, body: object) -> Answer:
    reply = api.send("PATCH", path, msgspec.json.encode(body), {"content-type": "application/json", "if-match": tag})
    return Answer(reply.status, msgspec.json.decode(reply.body))


@pytest.mark.parametrize("kind", ["deals", "tasks", "notes", "products", "invoices", "pipelines"])
def test_one_of_two_changes_of_the_same_version_wins(kit: Kit, api: Api, kind: str) -> None:
    pipeline = add_pipeline(api)
    make = {
        "deals": lambda: add_deal(api, pipeline),
        "tasks": lambda: made(api, "/tasks", {"title": "x"}),
        "notes": lambda: made(api, "/notes", {"content": "x"}),
        "products": lambda: made(api, "/products", {"name": "x", "price": 1}),
        "invoices": lambda: add_invoice(api),
        "pipelines": lambda: pipeline,
    }
    field = {"tasks": "title", "notes": "content", "invoices": "notes"}.get(kind, "name")
    path = f"/{kind}/{make[kind]()['id']}"
    for number in range(3):
        tag = api.send("GET", path, b"", {}).headers["ETag"]
        values = [f"{number} a", f"{number} b"]
        answers = together([partial(patch_if, api, path, tag, {field: value}) for value in values])
        assert statuses(answers) == [200, 412]
        won = values[[answer.status for answer in answers].index(200)]
        assert api.get(path).body["data"][field] == won
    assert len(trail(kit, entity_type=kind.removesuffix("s"), action="updated")) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/notes", {"content": "x"}),
        ("/tasks", {"title": "x"}),
        ("/calls", {"direction": "inbound", "status": "missed"}),
    ],
)
def test_nothing_is_left_of_a_contact_deleted_while_records_are_made_on_it(api: Api, path: str, body: dict[str, str]) -> None:
    for _ in range(ROUNDS):
        contact = add_contact(api)["id"]
        *created, deleted = together(
            [*[partial(api.post, path, {**body, "contactId": contact})] * 6, partial(api.delete, f"/contacts/{contact}")]
        )
        assert deleted.status == 204
        assert {answer.status for answer in created} <= {201, 422}
        assert api.get(f"{path}?contactId={contact}").body["data"] == []
    assert api.get(path).body["meta"]["total"] == 0


def test_invoice_of_a_contact_deleted_meanwhile_keeps_the_name_or_is_refused(api: Api) -> None:
    line = {"description": "x", "quantity": 1, "unitPrice": 1}
    for _ in range(ROUNDS):
        contact = add_contact(api)["id"]
        body = {"contactId": contact, "items": [line]}
        *created, deleted = together([*[partial(api.post, "/invoices", body)] * 4, partial(api.delete, f"/contacts/{contact}")])
        assert deleted.status == 204
        assert {answer.status for answer in created} <= {201, 422}
        ids = [answer.body["data"]["id"] for answer in created if answer.status == 201]
        left = [api.get(f"/invoices/{id}").body["data"]["contact"] for id in ids]
        assert left == [{"id": None, "firstName": "Mira", "lastName": "Solberg"}] * len(ids)
