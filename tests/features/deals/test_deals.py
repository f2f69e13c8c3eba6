import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import add_user, told, trail
from tests.features.sales import add_contact, add_deal, add_pipeline, made, refused

KEYS = [
    "id",
    "name",
    "value",
    "currency",
    "pipelineId",
    "stageId",
    "probability",
    "assignedTo",
    "contactId",
    "companyId",
    "status",
    "expectedCloseDate",
    "createdAt",
    "updatedAt",
]
DETAIL = ["pipeline", "stage", "contact", "company", "customFields"]


@pytest.fixture
def pipeline(api: Api) -> dict[str, Any]:
    return add_pipeline(api)


def test_deal_is_created_in_the_documented_shape(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    contact, company, user = add_contact(api, email="mira@example.org"), made(api, "/companies", {"name": "Fjord"}), add_user(kit, "Bo")
    links = {"contactId": contact["id"], "companyId": company["id"], "assignedTo": user, "expectedCloseDate": "2026-09-15"}
    deal = add_deal(api, pipeline, **links)
    assert [key for key in deal if key in KEYS] == KEYS
    assert deal == {
        "id": deal["id"],
        "name": "Summer charter",
        "value": 42000,
        "currency": "USD",
        "pipelineId": "pipe_charter",
        "stageId": "stage_lead",
        "probability": 0.1,
        "status": "open",
        "closedAt": None,
        "pipeline": {"id": "pipe_charter", "name": "Charter"},
        "stage": {"id": "stage_lead", "name": "Lead", "order": 1, "probability": 0.1},
        "contact": {"id": contact["id"], "firstName": "Mira", "lastName": "Solberg", "email": "mira@example.org", "phone": None},
        "company": {"id": company["id"], "name": "Fjord"},
        "customFields": {},
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
        **links,
    }
    assert deal["id"].startswith("deal_")
    assert api.get(f"/deals/{deal['id']}").body["data"] == deal


def test_deal_without_links_embeds_null(api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline)
    assert {key: deal[key] for key in ("contact", "company", "contactId", "companyId", "assignedTo", "expectedCloseDate")} == dict.fromkeys(
        ("contact", "company", "contactId", "companyId", "assignedTo", "expectedCloseDate")
    )


def test_list_has_the_documented_keys_last_updated_first(api: Api, pipeline: dict[str, Any], clock: FrozenClock) -> None:
    old = add_deal(api, pipeline, name="Old")
    clock.advance(dt.timedelta(minutes=1))
    add_deal(api, pipeline, name="New")
    clock.advance(dt.timedelta(minutes=1))
    api.patch(f"/deals/{old['id']}", {"value": 1})
    body = api.get("/deals").body
    assert [(list(deal), deal["name"]) for deal in body["data"]] == [(KEYS, "Old"), (KEYS, "New")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/deals").reply, body) == []


def test_deals_updated_at_once_are_ordered_by_id(api: Api, pipeline: dict[str, Any]) -> None:
    ids = [add_deal(api, pipeline)["id"] for _ in range(5)]
    listed = [deal["id"] for deal in api.get("/deals").body["data"]]
    assert listed in (sorted(ids), sorted(ids, reverse=True))
    paged = [api.get(f"/deals?limit=2&page={page}").body["data"] for page in (1, 2, 3)]
    assert [deal["id"] for page in paged for deal in page] == listed


def test_filters_combine_and_unknown_ids_find_nothing(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    user, other = add_user(kit, "Bo"), add_pipeline(api, "Other")
    add_deal(api, pipeline, name="a", assignedTo=user)
    add_deal(api, pipeline, 1, name="b", status="lost")
    add_deal(api, other, name="c", assignedTo=user)

    def names(query: str) -> list[str]:
        status, body = api.get(f"/deals?{query}")
        assert (status, body["meta"]["total"]) == (200, len(body["data"]))
        return sorted(deal["name"] for deal in body["data"])

    assert names("pipelineId=pipe_charter") == ["a", "b"]
    assert names("stageId=stage_offer") == ["b"]
    assert names(f"assignedTo={user}") == names(f"assigned_to={user}") == ["a", "c"]
    assert names("status=lost") == ["b"]
    assert names(f"pipelineId=pipe_charter&assignedTo={user}&status=open&stageId=stage_lead") == ["a"]
    assert names("pipelineId=nothing") == names("stageId=nothing") == names("assignedTo=nothing") == []
    assert api.get("/deals?status=closed").status == 400


@pytest.mark.parametrize("value", [0, 1, 18500, 42000.5, 0.0001, 999999999999.9999])
def test_value_is_kept_as_given(api: Api, pipeline: dict[str, Any], value: float) -> None:
    deal = add_deal(api, pipeline, value=value)
    assert deal["value"] == value
    assert api.get("/deals").body["data"][0]["value"] == value


@pytest.mark.parametrize(("given", "kept"), [("1.00005", 1.0001), ("0.00001", 0), ("2.99994", 2.9999), ("1e-30", 0)])
def test_value_with_too_many_places_is_rounded(api: Api, pipeline: dict[str, Any], given: str, kept: float) -> None:
    body = f'{{"name":"d","pipelineId":"pipe_charter","stageId":"stage_lead","value":{given}}}'
    reply = api.send("POST", "/deals", body.encode(), {"content-type": "application/json"})
    assert (reply.status, api.get("/deals").body["data"][0]["value"]) == (201, kept)


@pytest.mark.parametrize("probability", [0.12345, 0.99999999999, 1e-30])
def test_probability_with_too_many_places_is_rounded(api: Api, pipeline: dict[str, Any], probability: float) -> None:
    assert add_deal(api, pipeline, probability=probability)["probability"] == round(probability + 1e-12, 4)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"value": -1}, ["value"]),
        ({"value": "12"}, ["value"]),
        ({"value": 1e13}, ["value"]),
        ({"value": None}, ["value"]),
        ({"pipelineId": "nothing"}, ["pipelineId"]),
        ({"stageId": "nothing"}, ["stageId"]),
        ({"stageId": "stage_due"}, ["stageId"]),
        ({"contactId": "nothing"}, ["contactId"]),
        ({"companyId": "nothing"}, ["companyId"]),
        ({"assignedTo": "nothing"}, ["assignedTo"]),
        ({"expectedCloseDate": "2026-09-15T00:00:00Z"}, ["expectedCloseDate"]),
        ({"expectedCloseDate": "15.09.2026"}, ["expectedCloseDate"]),
        ({"expectedCloseDate": "2026-02-30"}, ["expectedCloseDate"]),
        ({"status": "closed"}, ["status"]),
        ({"currency": "dollar"}, ["currency"]),
        ({"probability": 1.5}, ["probability"]),
        ({"customFields": {"nope": 1}}, ["customFields.nope"]),
        ({"closedAt": "2026-01-01T00:00:00Z"}, ["closedAt"]),
        ({"stageID": "x"}, ["stageID"]),
    ],
)
def test_wrong_field_is_named_and_nothing_is_written(
    kit: Kit, api: Api, pipeline: dict[str, Any], change: dict[str, Any], fields: list[str]
) -> None:
    made(api, "/pipelines", {"name": "Renewals", "stages": [{"name": "Due"}]})
    body = {"name": "d", "value": 1, "pipelineId": "pipe_charter", "stageId": "stage_lead", **change}
    assert refused(api.post("/deals", body)) == (422, fields)
    assert api.get("/deals").body["data"] == []
    assert trail(kit, entity_type="deal") == []
    assert told(kit, "deal.") == []


def test_patch_changes_only_what_is_given_and_null_clears(api: Api, pipeline: dict[str, Any], clock: FrozenClock) -> None:
    contact = add_contact(api)
    deal = add_deal(api, pipeline, contactId=contact["id"], expectedCloseDate="2026-09-15")
    clock.advance(dt.timedelta(minutes=5))
    status, body = api.patch(f"/deals/{deal['id']}", {"value": 7, "contactId": None, "expectedCloseDate": None})
    expected = {**deal, "value": 7, "contactId": None, "contact": None, "expectedCloseDate": None, "updatedAt": "2026-03-15T10:35:00Z"}
    assert (status, body["data"]) == (200, expected)


def test_fetched_deal_may_be_sent_back(api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline, contactId=add_contact(api)["id"])
    assert api.patch(f"/deals/{deal['id']}", deal) == (200, {"data": deal})


def test_custom_fields_merge_key_by_key(api: Api, pipeline: dict[str, Any]) -> None:
    for key in ("berth", "season"):
        made(api, "/custom-fields", {"name": key, "key": key, "type": "text", "entity": "deal"})
    deal = add_deal(api, pipeline, customFields={"berth": "B4"})
    changed = api.patch(f"/deals/{deal['id']}", {"customFields": {"season": "summer"}}).body["data"]
    assert changed["customFields"] == {"berth": "B4", "season": "summer"}


def test_deal_is_deleted_and_leaves_its_tasks_and_notes(api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline)
    task, note = made(api, "/tasks", {"title": "t", "dealId": deal["id"]}), made(api, "/notes", {"content": "n", "dealId": deal["id"]})
    assert api.delete(f"/deals/{deal['id']}") == (204, None)
    assert api.get(f"/deals/{deal['id']}").status == 404
    assert api.get(f"/tasks/{task['id']}").body["data"] == {**task, "dealId": None}
    assert api.get(f"/notes/{note['id']}").body["data"] == {**note, "dealId": None}


def test_deal_survives_its_contact_and_company_without_the_links(api: Api, pipeline: dict[str, Any]) -> None:
    contact, company = add_contact(api), made(api, "/companies", {"name": "Fjord"})
    deal = add_deal(api, pipeline, contactId=contact["id"], companyId=company["id"])
    api.delete(f"/contacts/{contact['id']}")
    api.delete(f"/companies/{company['id']}")
    left = api.get(f"/deals/{deal['id']}").body["data"]
    assert (left["contactId"], left["contact"], left["companyId"], left["company"]) == (None, None, None, None)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_deal_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    deal = add_deal(other_api, add_pipeline(other_api))
    assert api.call(method, f"/deals/{deal['id']}", {"name": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/deals/{deal['id']}").body["data"] == deal


@pytest.mark.parametrize("field", ["contactId", "companyId", "assignedTo"])
def test_deal_is_never_linked_to_records_of_another_workspace(
    kit: Kit, api: Api, other_api: Api, pipeline: dict[str, Any], field: str
) -> None:
    theirs = {
        "contactId": add_contact(other_api)["id"],
        "companyId": made(other_api, "/companies", {"name": "Fjord"})["id"],
        "assignedTo": add_user(kit, "Bo", "ws_b"),
    }
    deal = add_deal(api, pipeline)
    assert refused(api.patch(f"/deals/{deal['id']}", {field: theirs[field]})) == (422, [field])
    assert api.get(f"/deals/{deal['id']}").body["data"] == deal


def test_filters_find_nothing_of_another_workspace(api: Api, other_api: Api) -> None:
    deal = add_deal(other_api, add_pipeline(other_api))
    assert api.get(f"/deals?pipelineId={deal['pipelineId']}&stageId={deal['stageId']}").body["data"] == []
