from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.bulk.batches import found_workspace, outcome, ran
from tests.features.calls import Api
from tests.features.records import ADA, told, trail
from tests.features.sales import add_contact, add_deal, add_pipeline, made, refused

Record = dict[str, Any]


@pytest.fixture
def pipeline(kit: Kit, api: Api) -> Record:
    found_workspace(kit)
    return add_pipeline(api)


def deals(api: Api) -> dict[str, Record]:
    return {item["id"]: item for item in api.get("/deals").body["data"]}


def test_deals_move_and_close_as_one_by_one(kit: Kit, api: Api, pipeline: Record) -> None:
    ids = [add_deal(api, pipeline)["id"] for _ in range(3)]

    job = ran(api, "deals/update", ids[:2], updates={"stageId": pipeline["stages"][2]["id"], "value": 0.1})

    assert outcome(job) == ("completed", 2, 2, 0)
    found = deals(api)
    assert [(found[id]["status"], found[id]["probability"], found[id]["value"]) for id in ids] == [
        ("won", 1, 0.1),
        ("won", 1, 0.1),
        ("open", 0.1, 42000),
    ]
    assert [event.name for event in told(kit, "deal.won")] == ["deal.won"] * 2
    assert [event.data["newStage"] for event in told(kit, "deal.stage_changed")] == ["Signed", "Signed"]
    assert [(e.entity_id, e.user_id) for e in trail(kit, entity_type="deal", action="updated")] == [(id, ADA.id) for id in sorted(ids[:2])]


def test_dates_and_custom_fields_of_deals_are_set(api: Api, pipeline: Record) -> None:
    made(api, "/custom-fields", {"name": "Port", "key": "port", "type": "text", "entity": "deal"})
    deal = add_deal(api, pipeline, expectedCloseDate="2026-05-01")
    updates = {"expectedCloseDate": "2026-06-30", "customFields": {"port": "Bergen"}, "contactId": add_contact(api)["id"]}

    assert outcome(ran(api, "deals/update", [deal["id"]], updates=updates)) == ("completed", 1, 1, 0)

    found = api.get(f"/deals/{deal['id']}").body["data"]
    assert {name: found[name] for name in updates} == updates


def test_deal_that_cannot_take_the_stage_is_an_error_and_the_others_move(api: Api, pipeline: Record) -> None:
    other = add_pipeline(api, "Cargo")
    here, there, last = add_deal(api, pipeline), add_deal(api, other), add_deal(api, pipeline)
    before = deals(api)

    job = ran(api, "deals/update", [here["id"], there["id"], last["id"]], updates={"stageId": pipeline["stages"][1]["id"]})

    assert outcome(job) == ("completed", 3, 3, 1)
    assert job["errorDetails"] == [{"id": there["id"], "field": "stageId", "message": "Must be a stage of the deal's pipeline"}]
    found = deals(api)
    assert found[there["id"]] == before[there["id"]]
    assert [found[deal["id"]]["stageId"] for deal in (here, last)] == [pipeline["stages"][1]["id"]] * 2


def test_stage_of_another_pipeline_than_the_given_one_is_refused_at_once(api: Api, pipeline: Record) -> None:
    other = add_pipeline(api, "Cargo")
    deal = add_deal(api, pipeline)
    updates = {"pipelineId": pipeline["id"], "stageId": other["stages"][0]["id"]}

    answer = api.post("/bulk/deals/update", {"ids": [deal["id"]], "updates": updates})

    assert refused(answer) == (422, ["updates.stageId"])
    assert deals(api)[deal["id"]]["stageId"] == deal["stageId"]


def test_deals_are_deleted_and_their_tasks_stay(kit: Kit, api: Api, pipeline: Record) -> None:
    ids = [add_deal(api, pipeline)["id"] for _ in range(3)]
    task = made(api, "/tasks", {"title": "x", "dealId": ids[0]})

    assert outcome(ran(api, "deals/delete", [*ids[:2], "deal_unknown"])) == ("completed", 3, 3, 1)

    assert list(deals(api)) == [ids[2]]
    assert api.get(f"/tasks/{task['id']}").body["data"]["dealId"] is None
    assert sorted(event.entity_id or "" for event in told(kit, "deal.deleted")) == sorted(ids[:2])
