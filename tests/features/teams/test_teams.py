import threading
from typing import Any

import pytest

from conduyt_kit.features.teams import Teams
from conduyt_kit.features.teams import demo as teams_demo
from conduyt_kit.features.users import Users
from conduyt_kit.features.users import demo as users_demo
from tests.features.accounts import Office, user_id, workspace_id
from tests.features.calls import Api


@pytest.fixture
def ann(office: Office) -> Api:
    return office.register()


def test_team_is_made_with_a_slug_of_its_name_as_id(office: Office, ann: Api) -> None:
    bob = office.hire(ann, "member")

    status, body = ann.post("/teams", {"name": "Sales", "memberIds": [user_id(bob), user_id(ann)]})

    assert status == 201
    assert body == {
        "data": {
            "id": "team_sales",
            "name": "Sales",
            "memberIds": [user_id(bob), user_id(ann)],
            "createdAt": "2026-03-15T10:30:00Z",
            "updatedAt": "2026-03-15T10:30:00Z",
        }
    }
    assert ann.get("/teams/team_sales").body == body
    assert ann.get("/teams").body == {"data": [body["data"]], "meta": {"page": 1, "limit": 50, "total": 1, "totalPages": 1}}


@pytest.mark.parametrize(("name", "id_"), [("Sales!", "team_sales_2"), ("Équipe Nord", "team_equipe_nord"), ("営業", "team_team")])
def test_id_is_made_free_and_plain(ann: Api, name: str, id_: str) -> None:
    ann.post("/teams", {"name": "Sales"})

    assert ann.post("/teams", {"name": name}).body["data"]["id"] == id_


def test_rename_keeps_the_id(ann: Api) -> None:
    ann.post("/teams", {"name": "Sales"})

    status, body = ann.patch("/teams/team_sales", {"name": "Revenue"})

    assert (status, body["data"]["id"], body["data"]["name"]) == (200, "team_sales", "Revenue")
    assert ann.post("/teams", {"name": "Sales"}).body["data"]["id"] == "team_sales_2"


def test_name_is_unique_case_insensitively(ann: Api) -> None:
    ann.post("/teams", {"name": "Sales"})
    ann.post("/teams", {"name": "Support"})

    created = ann.post("/teams", {"name": " sALES "})
    renamed = ann.patch("/teams/team_support", {"name": "SALES"})

    assert [detail["field"] for detail in created.body["error"]["details"]] == ["name"]
    assert [detail["field"] for detail in renamed.body["error"]["details"]] == ["name"]
    assert [team["name"] for team in ann.get("/teams?sort=name").body["data"]] == ["Sales", "Support"]


def test_members_must_be_users_of_this_workspace(office: Office, ann: Api) -> None:
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    ann.post("/teams", {"name": "Sales"})

    created = ann.post("/teams", {"name": "Support", "memberIds": [user_id(ann), "usr_nobody", user_id(olga)]})
    changed = ann.patch("/teams/team_sales", {"memberIds": [user_id(olga)]})

    assert created.status == changed.status == 422
    assert [detail["field"] for detail in created.body["error"]["details"]] == ["memberIds[1]", "memberIds[2]"]
    assert [detail["field"] for detail in changed.body["error"]["details"]] == ["memberIds[0]"]
    assert [(team["id"], team["memberIds"]) for team in ann.get("/teams").body["data"]] == [("team_sales", [])]


def test_member_given_twice_is_kept_once(ann: Api) -> None:
    body = ann.post("/teams", {"name": "Sales", "memberIds": [user_id(ann)] * 2}).body

    assert body["data"]["memberIds"] == [user_id(ann)]


def test_removed_user_leaves_every_team_and_that_is_logged(office: Office, ann: Api) -> None:
    bob = office.hire(ann, "member")
    bob_id = user_id(bob)
    ann.post("/teams", {"name": "Sales", "memberIds": [bob_id, user_id(ann)]})
    ann.post("/teams", {"name": "Support", "memberIds": [bob_id]})

    ann.delete(f"/users/{bob_id}")

    assert [team["memberIds"] for team in ann.get("/teams?sort=name").body["data"]] == [[user_id(ann)], []]
    entry = ann.get("/activities?entityType=team&entityId=team_support").body["data"][0]
    assert entry["changes"] == {"memberIds": {"from": [bob_id], "to": []}}


def test_deleting_a_team_keeps_its_users(ann: Api) -> None:
    ann.post("/teams", {"name": "Sales", "memberIds": [user_id(ann)]})

    assert ann.delete("/teams/team_sales").status == 204

    assert ann.get("/teams/team_sales").status == 404
    assert ann.delete("/teams/team_sales").status == 404
    assert ann.get("/auth/me").status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": None}, "name"), ({"memberIds": None}, "memberIds"), ({"memberIds": "usr_1"}, "memberIds"), ({"lead": "x"}, "lead")],
)
def test_unfit_change_is_refused_on_its_field(ann: Api, changes: dict[str, Any], field: str) -> None:
    ann.post("/teams", {"name": "Sales", "memberIds": [user_id(ann)]})
    before = ann.get("/teams").body

    status, body = ann.patch("/teams/team_sales", changes)

    assert status == 422
    assert [detail["field"] for detail in body["error"]["details"]] == [field]
    assert ann.get("/teams").body == before


def test_fetched_team_can_be_sent_back(ann: Api) -> None:
    made = ann.post("/teams", {"name": "Sales", "memberIds": [user_id(ann)]}).body["data"]

    assert ann.patch("/teams/team_sales", made).body["data"] == made


def test_teams_of_other_workspaces_do_not_exist(office: Office, ann: Api) -> None:
    olga = office.register("Olga Ray", "olga@example.org", "Ray Ltd")
    olga.post("/teams", {"name": "Sales"})

    assert ann.get("/teams").body["data"] == []
    assert ann.get("/teams/team_sales").status == 404
    assert ann.patch("/teams/team_sales", {"name": "Ours"}).status == 404
    assert ann.delete("/teams/team_sales").status == 404
    assert ann.post("/teams", {"name": "Sales"}).body["data"]["id"] == "team_sales"
    assert olga.get("/teams/team_sales").body["data"]["name"] == "Sales"


def test_user_removed_while_being_added_to_a_team_does_not_stay_in_it(office: Office, ann: Api) -> None:
    workspace, bob_id = workspace_id(ann), user_id(office.hire(ann, "member"))

    def remove() -> None:
        with office.kit.unit_of_work(workspace) as unit:
            unit[Users].remove(bob_id)

    with office.kit.unit_of_work(workspace) as unit:
        unit[Teams].create(name="Sales", member_ids=[bob_id])
        other = threading.Thread(target=remove)
        other.start()
        # Long enough for the other to finish if nothing holds it back.
        other.join(0.3)
    other.join()

    assert ann.get(f"/users/{bob_id}").status == 404
    assert ann.get("/teams/team_sales").body["data"]["memberIds"] == []


def test_demo_makes_people_and_teams_that_work_can_be_handed_to(office: Office, ann: Api) -> None:
    shared: dict[str, object] = {}
    with office.kit.unit_of_work(workspace_id(ann)) as unit:
        users_demo.fill(unit, shared)
        teams_demo.fill(unit, shared)

    assert ann.get("/users").body["meta"]["total"] == 5
    assert [(team["id"], len(team["memberIds"])) for team in ann.get("/teams?sort=name").body["data"]] == [
        ("team_sales", 3),
        ("team_support", 2),
    ]
