import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import STAGES, add_deal, add_pipeline, made, refused

SUMMARY = ["id", "name", "stageCount", "dealCount", "totalValue", "createdAt"]


def test_pipeline_is_created_with_its_stages_in_order(api: Api) -> None:
    pipeline = add_pipeline(api)
    assert list(pipeline) == [*SUMMARY, "stages", "settings"]
    assert pipeline == {
        "id": "pipe_charter",
        "name": "Charter",
        "stageCount": 3,
        "dealCount": 0,
        "totalValue": 0,
        "createdAt": "2026-03-15T10:30:00Z",
        "stages": [
            {"id": "stage_lead", "name": "Lead", "order": 1, "probability": 0.1},
            {"id": "stage_offer", "name": "Offer", "order": 2, "probability": 0.6},
            {"id": "stage_signed", "name": "Signed", "order": 3, "probability": 1},
        ],
        "settings": {},
    }
    assert api.get("/pipelines/pipe_charter").body["data"] == pipeline


def test_list_has_the_documented_shape_oldest_first(api: Api, clock: FrozenClock) -> None:
    add_pipeline(api)
    clock.advance(dt.timedelta(days=1))
    made(api, "/pipelines", {"name": "Renewals"})
    body = api.get("/pipelines").body
    assert [(list(item), item["name"], item["stageCount"]) for item in body["data"]] == [(SUMMARY, "Charter", 3), (SUMMARY, "Renewals", 0)]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/pipelines").reply, body) == []


def test_statistics_count_open_deals_only(api: Api) -> None:
    pipeline, other = add_pipeline(api), add_pipeline(api, "Other")
    add_deal(api, pipeline, value=100.5)
    add_deal(api, pipeline, value=18500)
    add_deal(api, pipeline, value=7, status="lost")
    add_deal(api, pipeline, 2, value=9)
    add_deal(api, other, value=3)
    shown = api.get(f"/pipelines/{pipeline['id']}").body["data"]
    assert (shown["dealCount"], shown["totalValue"]) == (2, 18600.5)
    assert [(item["dealCount"], item["totalValue"]) for item in api.get("/pipelines").body["data"]] == [(2, 18600.5), (1, 3)]


def test_order_defaults_to_the_place_in_the_array(api: Api) -> None:
    stages = [{"name": "B", "order": 7}, {"name": "A", "order": 1}, {"name": "C"}]
    shown = made(api, "/pipelines", {"name": "P", "stages": stages})["stages"]
    assert [(stage["name"], stage["order"]) for stage in shown] == [("A", 1), ("C", 2), ("B", 3)]


def test_ids_are_slugs_with_a_number_where_taken(api: Api) -> None:
    names = [{"name": "Closed Won"}, {"name": "closed won"}, {"name": "Closed-Won!"}]
    first = made(api, "/pipelines", {"name": "New Business", "stages": names})
    second = made(api, "/pipelines", {"name": "new business", "stages": names[:1]})
    assert (first["id"], [stage["id"] for stage in first["stages"]]) == (
        "pipe_new_business",
        ["stage_closed_won", "stage_closed_won_2", "stage_closed_won_3"],
    )
    assert (second["id"], [stage["id"] for stage in second["stages"]]) == ("pipe_new_business_2", ["stage_closed_won_4"])


def test_many_pipelines_of_one_name_get_all_numbers(api: Api) -> None:
    ids = [made(api, "/pipelines", {"name": "P", "stages": [{"name": "S"}]})["id"] for _ in range(12)]
    assert ids == ["pipe_p", *(f"pipe_p_{number}" for number in range(2, 13))]


def test_two_workspaces_may_have_pipelines_of_the_same_id(api: Api, other_api: Api) -> None:
    assert add_pipeline(api)["id"] == add_pipeline(other_api)["id"] == "pipe_charter"
    api.patch("/pipelines/pipe_charter", {"name": "Mine"})
    assert other_api.get("/pipelines/pipe_charter").body["data"]["name"] == "Charter"


def test_rename_keeps_the_id_and_settings_are_replaced(api: Api) -> None:
    pipeline = add_pipeline(api, settings={"color": "blue"})
    status, body = api.patch("/pipelines/pipe_charter", {"name": "Sales", "settings": {"rotting": 14}})
    assert (status, body["data"]) == (200, {**pipeline, "name": "Sales", "settings": {"rotting": 14}})
    assert api.patch("/pipelines/pipe_charter", body["data"]) == (200, body)


@pytest.mark.parametrize("probability", [-0.01, 1.01, 2, "0.5", True])
def test_probability_outside_0_and_1_is_refused(api: Api, probability: Any) -> None:
    body = {"name": "P", "stages": [{"name": "Lead"}, {"name": "S", "probability": probability}]}
    assert refused(api.post("/pipelines", body)) == (422, ["stages[1].probability"])
    assert api.get("/pipelines").body["data"] == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"name": "P", "stages": [{}]}, ["stages[0].name"]),
        ({"name": "P", "stages": [{"name": "S", "order": 0}]}, ["stages[0].order"]),
        ({"name": "P", "stages": [{"name": "S", "colour": "x"}]}, ["stages[0].colour"]),
        ({"name": "P", "dealCount": 3}, ["dealCount"]),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_written(kit: Kit, api: Api, body: dict[str, Any], fields: list[str]) -> None:
    assert refused(api.post("/pipelines", body)) == (422, fields)
    assert api.get("/pipelines").body["data"] == []
    assert trail(kit, entity_type="stage") == []


def test_probability_with_too_many_places_is_rounded(api: Api) -> None:
    shown = made(api, "/pipelines", {"name": "P", "stages": [{"name": "S", "probability": 0.123456789}]})
    assert shown["stages"][0]["probability"] == 0.1235


def test_pipeline_without_deals_is_deleted_with_its_stages(kit: Kit, api: Api) -> None:
    pipeline = add_pipeline(api)
    assert api.delete(f"/pipelines/{pipeline['id']}") == (204, None)
    assert api.get(f"/pipelines/{pipeline['id']}").status == 404
    assert [entry.entity_id for entry in trail(kit, entity_type="stage", action="deleted")] != []
    assert add_pipeline(api)["stages"] == pipeline["stages"]


@pytest.mark.parametrize("status", ["open", "won", "lost"])
def test_pipeline_and_stage_with_deals_are_not_deleted(api: Api, status: str) -> None:
    pipeline = add_pipeline(api)
    deal = add_deal(api, pipeline, status=status)
    before = api.get("/pipelines/pipe_charter").body
    assert api.delete("/pipelines/pipe_charter").status == 409
    assert api.delete("/pipelines/pipe_charter/stages/stage_lead").status == 409
    assert api.get("/pipelines/pipe_charter").body == before
    assert api.get(f"/deals/{deal['id']}").body["data"] == deal


def test_creation_change_and_deletion_are_logged_and_told(kit: Kit, api: Api) -> None:
    add_pipeline(api)
    api.patch("/pipelines/pipe_charter", {"name": "Sales"})
    api.delete("/pipelines/pipe_charter")
    entries = trail(kit, entity_type="pipeline")
    assert [(entry.action, entry.changes) for entry in entries] == [
        ("created", None),
        ("updated", {"name": {"from": "Charter", "to": "Sales"}}),
        ("deleted", None),
    ]
    assert [event.name for event in told(kit, "pipeline.")] == ["pipeline.created", "pipeline.updated", "pipeline.deleted"]
    assert len(told(kit, "stage.created")) == len(STAGES)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("GET", "/stages", None),
        ("POST", "/stages", {"name": "x", "order": 1}),
        ("PATCH", "/stages/stage_lead", {"name": "x"}),
        ("DELETE", "/stages/stage_lead", None),
    ],
)
def test_pipeline_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str, path: str, body: Any) -> None:
    pipeline = add_pipeline(other_api)
    assert api.call(method, f"/pipelines/{pipeline['id']}{path}", body).status == 404
    assert other_api.get(f"/pipelines/{pipeline['id']}").body["data"] == pipeline
