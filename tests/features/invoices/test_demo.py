from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.accounts import running_kit
from tests.features.calls import Api
from tests.features.records import ADA
from tests.features.sales import found

KINDS = ("pipelines", "deals", "tasks", "notes", "calls", "products", "invoices")


@pytest.mark.parametrize("storage", ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def test_demo_of_all_features_loads_in_one_unit_of_work(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, storage: str) -> None:
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", storage)
    with running_kit(tmp_path) as kit:
        found(kit, "ws_a")
        shared: dict[str, Any] = {}
        demos = [feature.record.demo for feature in kit.assembly.features if feature.record.demo]
        with kit.unit_of_work("ws_a", actor=ADA) as unit:
            for demo in demos:
                demo.fill(unit, shared)
        assert set(shared) >= {"contacts", "companies", "deals", "products"}
        assert statuses(kit) == {"draft", "sent", "overdue", "paid", "void"}
        with kit.unit_of_work("ws_a", write=False) as unit:
            counts = {kind: unit.repository_named(kind.removesuffix("s")) for kind in KINDS}
            assert {kind: repository.count() > 0 for kind, repository in counts.items() if repository} == dict.fromkeys(KINDS, True)


def statuses(kit: Kit) -> set[str]:
    from conduyt_kit.features.invoices import INVOICE
    from conduyt_kit.features.invoices.lifecycle import shown_status

    with kit.unit_of_work("ws_a", write=False) as unit:
        return {shown_status(invoice, unit.now) for invoice in unit.repository(INVOICE).all()}


def test_demo_deals_stand_in_several_states(api: Api, kit: Kit) -> None:
    shared: dict[str, Any] = {}
    with kit.unit_of_work("ws_a", actor=ADA) as unit:
        for feature in kit.assembly.features:
            if feature.record.demo and feature.record.name in ("pipelines", "deals"):
                feature.record.demo.fill(unit, shared)
    assert {deal["status"] for deal in api.get("/deals").body["data"]} == {"open", "won", "lost"}
