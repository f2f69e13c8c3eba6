from pathlib import Path
from typing import Any

import pytest

from conduyt_kit.features.users import Users
from conduyt_kit.features.workspaces import Workspaces, all_workspaces, founding_unit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import Office, running_kit, user_id, workspace_id


def test_workspace_shows_its_settings(office: Office) -> None:
    ann = office.register()

    status, body = ann.get("/workspace")

    assert status == 200
    assert body == {
        "data": {
            "id": workspace_id(ann),
            "name": "Marsh & Co",
            "plan": "starter",
            "currency": "USD",
            "timezone": "UTC",
            "defaultTaxRate": 0,
            "trackEngagement": False,
            "stopSequencesOnReply": False,
            "sendingWindow": None,
            "createdAt": "2026-03-15T10:30:00Z",
        }
    }


def test_currency_and_time_zone_of_new_workspaces_come_from_the_settings(tmp_path: Path, clock: FrozenClock) -> None:
    with running_kit(tmp_path, clock, default_currency="EUR", default_timezone="Europe/Madrid") as kit:
        shown = Office(kit).register().get("/workspace").body["data"]

    assert (shown["currency"], shown["timezone"]) == ("EUR", "Europe/Madrid")


def test_settings_change_and_are_logged(office: Office) -> None:
    ann = office.register()
    changes = {
        "name": "Marsh & Daughter",
        "currency": "eur",
        "timezone": "Europe/Madrid",
        "defaultTaxRate": 0.0875,
        "trackEngagement": True,
        "stopSequencesOnReply": True,
    }

    status, body = ann.patch("/workspace", changes)

    assert status == 200
    assert body["data"] == {**ann.get("/workspace").body["data"], **changes, "currency": "EUR"}
    entry = ann.get("/activities?entityType=workspace").body["data"][0]
    assert (entry["action"], entry["userId"]) == ("updated", user_id(ann))
    assert entry["changes"]["defaultTaxRate"] == {"from": 0, "to": 0.0875}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"currency": "dollars"}, "currency"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"defaultTaxRate": -0.1}, "defaultTaxRate"),
        ({"defaultTaxRate": 8.75}, "defaultTaxRate"),
        ({"defaultTaxRate": 0.0812345}, "defaultTaxRate"),
        ({"defaultTaxRate": "0.1"}, "defaultTaxRate"),
        ({"defaultTaxRate": None}, "defaultTaxRate"),
        ({"trackEngagement": "yes"}, "trackEngagement"),
        ({"installation": "x"}, "installation"),
    ],
)
def test_unfit_setting_is_refused_on_its_field(office: Office, changes: dict[str, Any], field: str) -> None:
    ann = office.register()
    before = ann.get("/workspace").body

    status, body = ann.patch("/workspace", changes)

    assert status == 422
    assert [detail["field"] for detail in body["error"]["details"]] == [field]
    assert ann.get("/workspace").body == before


def test_plan_sent_along_is_ignored(office: Office) -> None:
    ann = office.register()

    body = ann.patch("/workspace", {**ann.get("/workspace").body["data"], "plan": "enterprise"}).body

    assert body["data"]["plan"] == "starter"


def test_each_workspace_sees_and_changes_only_itself(office: Office) -> None:
    ann = office.register()
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")

    ann.patch("/workspace", {"name": "Marsh & Daughter"})

    assert olga.get("/workspace").body["data"]["name"] == "Ray Ltd"
    assert [workspace.name for workspace in all_workspaces(office.kit.environment)] == ["Marsh & Daughter", "Ray Ltd"]


def test_stale_tag_is_refused(office: Office) -> None:
    ann = office.register()
    tag = ann.send("GET", "/workspace", b"", {}).headers["ETag"]
    headers = {"content-type": "application/json", "if-match": tag}

    assert ann.send("PATCH", "/workspace", b'{"name":"First"}', headers).status == 200
    assert ann.send("PATCH", "/workspace", b'{"name":"Second"}', headers).status == 412
    assert ann.get("/workspace").body["data"]["name"] == "First"


def test_workspace_is_founded_without_http(office: Office) -> None:
    with founding_unit(office.kit.environment) as unit:
        made = unit[Workspaces].create(name="Ray Ltd")
        unit[Users].create_active(name="Olga Ray", email="olga@example.org", role="admin", password="nine blue kettles")

    assert made.id == unit.context.workspace
    olga = office.session("olga@example.org", "nine blue kettles")
    assert olga.get("/workspace").body["data"]["name"] == "Ray Ltd"


def test_event_catalogue_names_every_event_with_its_fields(office: Office) -> None:
    status, body = office.register().get("/events")

    events = {event["name"]: event for event in body["data"]}
    assert status == 200
    assert list(body) == ["data"]
    assert {"contact.created", "contact.updated", "contact.deleted", "user.invited", "user.removed", "workspace.updated"} <= set(events)
    assert events["user.invited"] == {
        "name": "user.invited",
        "description": "Somebody was invited to the workspace.",
        "version": 1,
        "entity": "user",
        "fields": {"id": "id of the user", "email": "the address that was invited", "role": "admin, member or viewer"},
    }
    assert "passwordHash" not in events["user.created"]["fields"]
    assert "emailKey" not in events["user.created"]["fields"]
