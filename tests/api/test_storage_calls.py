from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.forms import Forms, Submissions
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.counting import CountingStorage
from tests.api.world import World, build_world
from tests.features.accounts import NO_LIMITS, CheapPasswords, Office

FEW, MANY = 2, 30

USUAL = 1
READS = {
    "/auth/me": 3,
    "/automations/:id": 2,
    "/automations/:id/runs": 2,
    "/billing/status": 7,
    "/bulk/jobs/:jobId": 2,
    "/calendars/:id/appointments": 2,
    "/calendars/:id/availability": 2,
    "/calendars/:id/booking-links": 2,
    "/contacts/:id/timeline": 2,
    "/conversations/:contactId": 2,
    "/dashboard/stats": 7,
    "/emails/sequences": 3,
    "/emails/sequences/:id": 3,
    "/emails/sequences/:id/enrollments": 2,
    "/emails/sequences/:id/stats": 4,
    "/events": 0,
    "/forms/:id/submissions": 2,
    "/pipelines": 2,
    "/pipelines/:id": 2,
    "/webhooks/:id": 2,
    "/webhooks/:id/deliveries": 2,
    "/workflows/:id/runs": 2,
}
"""How many storage calls a GET costs, where it is not the usual one."""

WRITES: dict[str, tuple[dict[str, Any], int]] = {
    "POST /contacts": ({"firstName": "A", "lastName": "B"}, 2),
    "PATCH /contacts/:id": ({"source": "fair"}, 4),
    "POST /contacts/:id/tags": ({"tags": ["fresh"]}, 8),
    "POST /companies": ({"name": "Northwind"}, 4),
    "PATCH /companies/:id": ({"industry": "Shipping"}, 4),
    "POST /tags": ({"name": "fragile"}, 2),
    "POST /products": ({"name": "Crate", "price": 1}, 1),
    "PATCH /products/:id": ({"price": 2}, 3),
    "PATCH /deals/:id": ({"name": "Renewal"}, 4),
    "POST /tasks": ({"title": "Call back"}, 1),
    "PATCH /tasks/:id": ({"title": "Call again"}, 3),
    "POST /notes": ({"content": "Prefers mail"}, 1),
    "POST /forms": ({"name": "Website", "fields": [{"key": "name", "label": "Name", "type": "text"}]}, 1),
    "PATCH /forms/:id": ({"description": "Main form"}, 4),
    "POST /forms/:id/submissions": ({"data": {"name": "Elena"}}, 2),
}
"""What to send, and how many storage calls it costs without the commit."""


class CountingPlugin(KitPlugin):
    name: ClassVar[str] = "counting"

    def __init__(self) -> None:
        self.storage = CountingStorage(MemoryStorage())

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="counting", make=lambda _: self.storage)]


class Counted:
    """A world with that many records of each kind, whose storage calls are counted."""

    def __init__(self, rows: int) -> None:
        plugin = CountingPlugin()
        # The credential stays in memory, so that no look-up of it is counted.
        auth = {**NO_LIMITS, "cache_seconds": 3600, "last_use_seconds": 0}
        self.kit = Kit.build({"rate_limit": "off", "auth": auth}, plugins=[CheapPasswords(), plugin])
        self.storage = plugin.storage
        self.api = Office(self.kit).register()
        self.world: World = build_world(self.api)
        for number in range(rows):
            self._one_more(number)

    def calls(self, method: str, route: str, body: Any = None) -> int:
        self.storage.clear()
        status, answer = self.api.call(method, self.world.path(route), body)
        assert status < 400, (method, route, answer)
        return self.storage.total

    def _one_more(self, number: int) -> None:
        def make(path: str, **body: Any) -> None:
            status, answer = self.api.post(path, body)
            assert status == 201, answer

        ids = self.world.ids
        contact = {"contactId": ids["contacts:id"]}
        at = f"2026-05-{number % 28 + 1:02}T{9 + number // 28:02}"
        place = {"pipelineId": ids["pipelines:id"], "stageId": ids["pipelines/stages:stageId"]}
        make("/tags", name=f"tag {number}")
        make("/companies", name=f"Company {number}")
        make("/products", name=f"Product {number}", price=number)
        make("/contacts", firstName="P", lastName=str(number), company=f"Company {number}", tags=[f"tag {number}", "shared"])
        make(f"/pipelines/{ids['pipelines:id']}/stages", name=f"Stage {number}", order=number + 2)
        make("/deals", name=f"Deal {number}", value=number, companyId=ids["companies:id"], **place, **contact)
        make("/tasks", title=f"Task {number}", **contact)
        make("/notes", content=f"Note {number}", **contact)
        make("/calls", direction="inbound", status="missed", **contact)
        make("/invoices", items=[{"description": "A", "quantity": 1, "unitPrice": number + 1}], **contact)
        slot = {"startTime": f"{at}:00:00Z", "endTime": f"{at}:30:00Z"}
        make(f"/calendars/{ids['calendars:id']}/appointments", title=f"Appointment {number}", **slot)
        make("/forms", name=f"Form {number}", fields=[{"key": "name", "label": "Name", "type": "text"}])
        with self.kit.unit_of_work(self.api.get("/auth/me").body["workspace"]["id"]) as unit:
            # Past the limit per address of the public call.
            unit[Submissions].submit(unit[Forms].get(ids["forms:id"]).record, {"name": f"Visitor {number}"})


@pytest.fixture(scope="module")
def few() -> Iterable[Counted]:
    counted = Counted(FEW)
    with counted.kit:
        yield counted


@pytest.fixture(scope="module")
def many() -> Iterable[Counted]:
    counted = Counted(MANY)
    with counted.kit:
        yield counted


def reads(counted: Counted) -> list[str]:
    return [e.route for e in counted.kit.endpoints if e.method == "GET" and e.scope is not None and has_record(counted.world, e.route)]


def has_record(world: World, route: str) -> bool:
    try:
        return bool(world.path(route))
    except KeyError:
        return False


def test_every_read_costs_the_same_few_storage_calls_however_many_rows_there_are(few: Counted, many: Counted) -> None:
    expected = {route: READS.get(route.removeprefix("/api/v1"), USUAL) for route in reads(few)}

    assert {route: few.calls("GET", route) for route in expected} == expected
    assert {route: many.calls("GET", route) for route in expected} == expected


@pytest.mark.parametrize("operation", list(WRITES))
def test_write_costs_the_same_few_storage_calls_however_many_rows_there_are(few: Counted, many: Counted, operation: str) -> None:
    method, _, path = operation.partition(" ")
    body, expected = WRITES[operation]

    assert few.calls(method, "/api/v1" + path, body) == expected
    assert many.calls(method, "/api/v1" + path, body) == expected
