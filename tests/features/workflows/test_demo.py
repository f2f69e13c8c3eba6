from conduyt_kit import Kit
from conduyt_kit.features.workflows.demo import fill
from tests.features.calls import Api
from tests.features.sales import made


def test_demo_makes_an_active_workflow_and_one_for_the_team(kit: Kit, api: Api) -> None:
    made(api, "/teams", {"name": "Sales", "memberIds": []})
    with kit.unit_of_work("ws_a") as unit:
        teams = unit.repository_named("team")
        assert teams is not None
        fill(unit, {"teams": list(teams.all())})

    found = {workflow["name"]: workflow["status"] for workflow in api.get("/workflows").body["data"]}
    assert found == {"Deal won: onboarding": "active", "New lead auto-assignment": "inactive"}


def test_demo_needs_no_team(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})

    assert api.get("/workflows").body["meta"]["total"] == 1
