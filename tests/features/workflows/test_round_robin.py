from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.workflows.turns import Turns
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.sales import add_contact, made
from tests.features.workflows.flows import add_workflow, hire, only_run, runs, states


@pytest.fixture
def team(api: Api, kit: Kit) -> str:
    """The id of a team of usr_1, usr_2 and usr_3."""
    id = made(api, "/teams", {"name": "Sales", "memberIds": [hire(kit, f"usr_{number}") for number in (1, 2, 3)]})["id"]
    assert isinstance(id, str)
    return id


def assigned(api: Api, kit: Kit, number: int) -> list[str]:
    """Create contacts and return whom they went to, in order."""
    ids = []
    for _ in range(number):
        ids.append(add_contact(api)["id"])
        drain(kit)
    return [api.get(f"/contacts/{id}").body["data"]["assignedTo"] for id in ids]


def robin(team: str) -> dict[str, object]:
    return {"type": "assign_contact", "config": {"strategy": "round_robin", "teamId": team}}


def test_members_take_turns_in_the_order_of_the_team(api: Api, kit: Kit, team: str) -> None:
    id = add_workflow(api, "contact.created", robin(team))

    assert assigned(api, kit, 5) == ["usr_1", "usr_2", "usr_3", "usr_1", "usr_2"]
    assert [run["actions"][0]["result"]["assignedTo"] for run in runs(api, id)] == ["usr_1", "usr_2", "usr_3", "usr_1", "usr_2"]


def test_turn_goes_on_after_members_come_go_and_fall_out(api: Api, kit: Kit, team: str) -> None:
    add_workflow(api, "contact.created", robin(team))
    assert assigned(api, kit, 2) == ["usr_1", "usr_2"]

    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.change(users.get_for_update("usr_3"), status="invited")
    assert assigned(api, kit, 1) == ["usr_1"]
    api.patch(f"/teams/{team}", {"memberIds": ["usr_3", "usr_1", hire(kit, "usr_4"), "usr_2"]})
    assert assigned(api, kit, 3) == ["usr_4", "usr_2", "usr_1"]
    api.patch(f"/teams/{team}", {"memberIds": ["usr_2", "usr_4"]})
    assert assigned(api, kit, 2) == ["usr_2", "usr_4"]


def test_workflows_share_the_turn_of_a_team(api: Api, kit: Kit, team: str) -> None:
    add_workflow(api, "contact.created", robin(team), conditions={"source": None})
    add_workflow(api, "contact.created", robin(team), conditions={"source": "fair"})

    ids = [add_contact(api, **more)["id"] for more in ({}, {"source": "fair"}, {})]
    drain(kit)

    assert Counter(api.get(f"/contacts/{id}").body["data"]["assignedTo"] for id in ids) == {"usr_1": 1, "usr_2": 1, "usr_3": 1}


def test_turn_is_given_back_with_the_action_that_failed(api: Api, kit: Kit, team: str) -> None:
    id = add_workflow(api, "contact.created", robin(team))
    gone = add_contact(api)["id"]
    api.delete(f"/contacts/{gone}")
    drain(kit)
    assert states(only_run(api, id)) == ("failed", ["failed"])

    assert assigned(api, kit, 1) == ["usr_1"]


@pytest.mark.parametrize("members", [[], ["usr_9"]])
def test_team_in_which_nobody_is_active_fails_the_action(api: Api, kit: Kit, members: list[str]) -> None:
    hire(kit, "usr_9", status="invited")
    team = made(api, "/teams", {"name": "Idle", "memberIds": members})["id"]
    id = add_workflow(api, "contact.created", robin(team))

    assert assigned(api, kit, 1) == [None]
    assert only_run(api, id)["actions"][0]["error"] == "Nobody in the team Idle is active"


def test_team_that_does_not_exist_fails_the_action(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", robin("team_none"))

    assert assigned(api, kit, 1) == [None]
    assert states(only_run(api, id)) == ("failed", ["failed"])


def test_turn_is_forgotten_with_its_team(api: Api, kit: Kit, team: str) -> None:
    add_workflow(api, "contact.created", robin(team))
    assert assigned(api, kit, 1) == ["usr_1"]

    assert api.delete(f"/teams/{team}").status == 204
    assert made(api, "/teams", {"name": "Sales", "memberIds": ["usr_1", "usr_2"]})["id"] == team
    assert assigned(api, kit, 1) == ["usr_1"]


def test_turns_of_workspaces_are_apart(api: Api, other_api: Api, kit: Kit, team: str) -> None:
    for number in (1, 2, 3):
        hire(kit, f"usr_{number}", workspace="ws_b")
    made(other_api, "/teams", {"name": "Sales", "memberIds": ["usr_1", "usr_2", "usr_3"]})

    def take(workspace: str) -> str:
        with kit.unit_of_work(workspace) as unit:
            return unit[Turns].take(team)

    assert [partial(take, workspace)() for workspace in ("ws_a", "ws_b", "ws_a", "ws_b")] == ["usr_1", "usr_1", "usr_2", "usr_2"]


def test_turns_taken_by_threads_are_fair(api: Api, kit: Kit, team: str) -> None:
    def take(_: int) -> str:
        with kit.unit_of_work("ws_a") as unit:
            return unit[Turns].take(team)

    with ThreadPoolExecutor(8) as pool:
        taken = Counter(pool.map(take, range(24)))

    assert taken == {"usr_1": 8, "usr_2": 8, "usr_3": 8}
