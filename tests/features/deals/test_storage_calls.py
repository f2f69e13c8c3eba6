from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.counting import counted_api
from tests.features.sales import LINE, STAGES, add_contact, add_deal, add_invoice, add_pipeline, made


@attrs.frozen(kw_only=True)
class Shop:
    """The API of a workspace with several records of every kind, and one id of each kind by its collection."""

    api: Api
    storage: CountingStorage
    ids: dict[str, str]

    def cost(self, method: str, path: str, body: Any = None) -> dict[str, int]:
        """Make a call that succeeds and return what it cost, without the commit."""
        self.storage.clear()
        answer = self.api.call(method, path.format(**self.ids), body)
        assert answer.status < 300, answer
        assert self.storage.calls.pop("commit") == 1
        return dict(self.storage.calls)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with counted_api() as (api, storage):
        contact, pipeline = add_contact(api)["id"], add_pipeline(api)
        for number in range(4):
            deal, invoice = add_deal(api, pipeline, contactId=contact), add_invoice(api, contactId=contact)
            task, note = made(api, "/tasks", {"title": "x", "contactId": contact}), made(api, "/notes", {"content": "x"})
            call = made(api, "/calls", {"contactId": contact, "direction": "inbound", "status": "missed"})
            product = made(api, "/products", {"name": "x", "price": 1})
            add_pipeline(api, f"Pipeline {number}")
        records = {"deal": deal, "invoice": invoice, "task": task, "note": note, "call": call, "product": product, "pipeline": pipeline}
        yield Shop(api=api, storage=storage, ids={"contact": contact, **{kind: record["id"] for kind, record in records.items()}})


@pytest.mark.parametrize("noun", ["deals", "tasks", "notes", "calls", "products", "invoices"])
@pytest.mark.parametrize("query", ["", "?limit=2&page=2", "?limit=2&cursor="])
def test_list_costs_one_call(shop: Shop, noun: str, query: str) -> None:
    assert shop.cost("GET", f"/{noun}{query}") == {"find": 1}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/pipelines", {"find": 1, "aggregate": 1}),
        ("/pipelines/{pipeline}", {"find": 1, "aggregate": 1}),
        ("/pipelines/{pipeline}/stages", {"find": 1}),
        ("/deals/{deal}", {"find": 1}),
        ("/tasks/{task}", {"get": 1}),
        ("/notes/{note}", {"get": 1}),
        ("/calls/{call}", {"find": 1}),
        ("/products/{product}", {"get": 1}),
        ("/invoices/{invoice}", {"find": 1}),
        ("/invoices/{invoice}/payments", {"find": 1}),
    ],
)
def test_single_costs_one_call_and_pipelines_one_more_for_their_deals(shop: Shop, path: str, expected: dict[str, int]) -> None:
    assert shop.cost("GET", path) == expected


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/tasks", {"title": "x"}, {"insert": 1}),
        ("/notes", {"content": "x"}, {"insert": 1}),
        ("/products", {"name": "x", "price": 1}, {"insert": 1}),
    ],
)
def test_creation_costs_one_insert(shop: Shop, path: str, body: dict[str, Any], expected: dict[str, int]) -> None:
    assert shop.cost("POST", path, body) == expected


def test_creation_of_a_deal_reads_stage_workspace_and_custom_fields(shop: Shop) -> None:
    body = {"name": "x", "value": 1, "pipelineId": shop.ids["pipeline"], "stageId": "stage_lead", "contactId": shop.ids["contact"]}
    assert shop.cost("POST", "/deals", body) == {"get": 2, "find": 2, "insert": 1}


@pytest.mark.parametrize("lines", [1, 100])
def test_creation_of_an_invoice_costs_the_same_for_any_number_of_lines(shop: Shop, lines: int) -> None:
    body = {"contactId": shop.ids["contact"], "items": [{**LINE, "productId": shop.ids["product"]}] * lines}
    assert shop.cost("POST", "/invoices", body) == {"get": 2, "get_many": 1, "next_number": 1, "insert": 1, "find": 1}


@pytest.mark.parametrize("times", [1, 20])
def test_creation_of_a_pipeline_costs_the_same_for_any_number_of_stages(shop: Shop, times: int) -> None:
    stages = [{"name": f"{stage['name']} {times} {number}"} for stage in STAGES for number in range(times)]
    cost = shop.cost("POST", "/pipelines", {"name": f"Of {times}", "stages": stages})
    assert cost == {"lock": 2, "get_many": 2, "insert": 2, "find": 1, "aggregate": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/tasks/{task}", {"title": "y"}), ("/notes/{note}", {"content": "y"}), ("/products/{product}", {"price": 3})],
)
def test_change_costs_a_locked_read_an_update_and_the_trail(shop: Shop, path: str, body: dict[str, Any]) -> None:
    assert shop.cost("PATCH", path, body) == {"get": 1, "update": 1, "insert": 1}


def test_payment_costs_a_locked_read_an_update_and_one_insert(shop: Shop) -> None:
    assert shop.cost("POST", "/invoices/{invoice}/payments", {"amount": 1}) == {"get": 1, "update": 1, "insert": 1}
