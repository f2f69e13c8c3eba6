import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.deals.closing import CLOSING_POLICY, Move
from conduyt_kit.features.deals.entities import DealStatus
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.records import told, trail
from tests.features.sales import add_contact, add_deal, add_pipeline, found, made, refused

CLOSING = ("deal.stage_changed", "deal.won", "deal.lost")


@pytest.fixture
def pipeline(api: Api) -> dict[str, Any]:
    return add_pipeline(api)


def happened(kit: Kit) -> list[str]:
    """Return the names of the events of moving and closing, sorted; those of one unit of work share their time."""
    return sorted(event.name for event in told(kit, "deal.") if event.name in CLOSING)


def test_move_takes_the_probability_of_the_stage(api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline, probability=0.33)
    assert deal["probability"] == 0.33
    moved = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_offer"}).body["data"]
    assert (moved["stageId"], moved["stage"]["name"], moved["probability"]) == ("stage_offer", "Offer", 0.6)
    moved = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_lead", "probability": 0.2}).body["data"]
    assert (moved["stageId"], moved["probability"]) == ("stage_lead", 0.2)


def test_move_is_told_once_with_both_stages(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    contact = add_contact(api)
    deal = add_deal(api, pipeline, contactId=contact["id"])
    api.patch(f"/deals/{deal['id']}", {"stageId": "stage_offer", "value": 48000.5})
    (event,) = told(kit, "deal.stage_changed")
    assert (event.entity_type, event.entity_id) == ("deal", deal["id"])
    assert event.data == {
        "dealId": deal["id"],
        "dealName": "Summer charter",
        "dealValue": 48000.5,
        "currency": "USD",
        "contactId": contact["id"],
        "companyId": None,
        "pipelineId": "pipe_charter",
        "stageId": "stage_offer",
        "assignedTo": None,
        "previousStage": "Lead",
        "newStage": "Offer",
        "stageName": "Offer",
        "previousStageId": "stage_lead",
    }


def test_move_is_logged_and_found_from_the_contact(api: Api, pipeline: dict[str, Any]) -> None:
    contact = add_contact(api)
    deal = add_deal(api, pipeline, contactId=contact["id"])
    api.patch(f"/deals/{deal['id']}", {"stageId": "stage_offer"})
    (entry,) = api.get(f"/activities?entityType=contact&entityId={contact['id']}&action=updated").body["data"]
    assert (entry["entityType"], entry["entityId"], entry["action"]) == ("deal", deal["id"], "updated")
    assert entry["changes"]["stageId"] == {"from": "stage_lead", "to": "stage_offer"}
    assert set(entry["changes"]) == {"stageId", "probability"}


def test_patch_that_names_the_same_stage_is_no_move(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline, probability=0.5)
    same = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_lead", "pipelineId": "pipe_charter"}).body["data"]
    assert same["probability"] == 0.5
    assert happened(kit) == []
    assert trail(kit, entity_type="deal", action="updated") == []


def test_move_into_another_pipeline_needs_a_stage_of_it(api: Api, pipeline: dict[str, Any]) -> None:
    made(api, "/pipelines", {"name": "Renewals", "stages": [{"name": "Due", "probability": 0.4}]})
    deal = add_deal(api, pipeline)
    assert refused(api.patch(f"/deals/{deal['id']}", {"pipelineId": "pipe_renewals"})) == (422, ["stageId"])
    assert refused(api.patch(f"/deals/{deal['id']}", {"stageId": "stage_due"})) == (422, ["stageId"])
    assert refused(api.patch(f"/deals/{deal['id']}", {"pipelineId": "nothing"})) == (422, ["pipelineId"])
    assert api.get(f"/deals/{deal['id']}").body["data"] == deal
    moved = api.patch(f"/deals/{deal['id']}", {"pipelineId": "pipe_renewals", "stageId": "stage_due"}).body["data"]
    assert (moved["pipeline"]["name"], moved["stage"]["name"], moved["probability"]) == ("Renewals", "Due", 0.4)


def test_move_into_a_certain_stage_wins_the_deal(kit: Kit, api: Api, pipeline: dict[str, Any], clock: FrozenClock) -> None:
    deal = add_deal(api, pipeline)
    clock.advance(dt.timedelta(hours=2))
    won = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_signed"}).body["data"]
    assert (won["status"], won["probability"], won["closedAt"]) == ("won", 1, "2026-03-15T12:30:00Z")
    assert happened(kit) == ["deal.stage_changed", "deal.won"]
    (event,) = told(kit, "deal.won")
    assert (event.data["dealId"], event.data["stageId"], event.data["dealValue"]) == (deal["id"], "stage_signed", 42000)


def test_status_asked_for_wins_over_the_certain_stage(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline)
    moved = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_signed", "status": "open"}).body["data"]
    assert (moved["status"], moved["closedAt"]) == ("open", None)
    assert happened(kit) == ["deal.stage_changed"]


@pytest.mark.parametrize(("status", "event"), [("won", "deal.won"), ("lost", "deal.lost")])
def test_status_closes_the_deal_where_it_stands_and_open_reopens_it(
    kit: Kit, api: Api, pipeline: dict[str, Any], clock: FrozenClock, status: str, event: str
) -> None:
    deal = add_deal(api, pipeline)
    clock.advance(dt.timedelta(days=1))
    closed = api.patch(f"/deals/{deal['id']}", {"status": status}).body["data"]
    assert (closed["status"], closed["stageId"], closed["probability"], closed["closedAt"]) == (
        status,
        "stage_lead",
        0.1,
        "2026-03-16T10:30:00Z",
    )
    assert happened(kit) == [event]
    reopened = api.patch(f"/deals/{deal['id']}", {"status": "open"}).body["data"]
    assert (reopened["status"], reopened["closedAt"]) == ("open", None)
    assert happened(kit) == [event]


def test_repeated_status_keeps_the_closing_time_and_is_told_once(kit: Kit, api: Api, pipeline: dict[str, Any], clock: FrozenClock) -> None:
    deal = add_deal(api, pipeline, status="won")
    clock.advance(dt.timedelta(days=1))
    again = api.patch(f"/deals/{deal['id']}", {"status": "won", "value": 5}).body["data"]
    assert again["closedAt"] == "2026-03-15T10:30:00Z"
    assert happened(kit) == ["deal.won"]


def test_lost_deal_that_is_won_after_all_is_closed_anew(kit: Kit, api: Api, pipeline: dict[str, Any], clock: FrozenClock) -> None:
    deal = add_deal(api, pipeline, status="lost")
    clock.advance(dt.timedelta(days=1))
    won = api.patch(f"/deals/{deal['id']}", {"status": "won"}).body["data"]
    assert (won["status"], won["closedAt"]) == ("won", "2026-03-16T10:30:00Z")
    assert happened(kit) == ["deal.lost", "deal.won"]


def test_deal_created_in_a_certain_stage_is_won_at_once(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline, 2)
    assert (deal["status"], deal["closedAt"]) == ("won", "2026-03-15T10:30:00Z")
    assert happened(kit) == ["deal.won"]


def test_refused_move_tells_nothing(kit: Kit, api: Api, pipeline: dict[str, Any]) -> None:
    deal = add_deal(api, pipeline)
    assert refused(api.patch(f"/deals/{deal['id']}", {"stageId": "stage_signed", "contactId": "nothing"})) == (422, ["contactId"])
    assert api.get(f"/deals/{deal['id']}").body["data"] == deal
    assert happened(kit) == []


class NeverWins:
    def status_after(self, move: Move) -> DealStatus:
        return move.wanted or move.status


class NeverWinsPlugin(KitPlugin):
    name: ClassVar[str] = "never-wins"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=CLOSING_POLICY, name="never", make=lambda _: NeverWins())]


def test_policy_can_be_replaced(tmp_path: Path) -> None:
    settings = {"rate_limit": "off", "providers": {"authentication": "test", "closing": "never"}}
    with storage_plugins(tmp_path) as plugins, Kit.build(settings, plugins=[TestAuthPlugin(), NeverWinsPlugin(), *plugins]) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        deal = add_deal(api, add_pipeline(api))
        moved = api.patch(f"/deals/{deal['id']}", {"stageId": "stage_signed"}).body["data"]
        assert (moved["status"], moved["probability"]) == ("open", 1)
