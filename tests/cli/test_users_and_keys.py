import pytest

from conduyt_kit.features.auth import API_KEY
from conduyt_kit.features.users import users_of_address
from conduyt_kit.features.workspaces import all_workspaces
from tests.cli.conftest import PASSWORD, Conduyt
from tests.features.calls import Api


def test_the_first_user_gets_a_workspace(conduyt: Conduyt) -> None:
    ended = conduyt.create_user()

    [workspace] = all_workspaces(conduyt.kit.environment)
    [located] = users_of_address(conduyt.kit.environment, "ann@example.com")
    assert (workspace.name, located.workspace) == ("Workspace of Ann Lee", workspace.id)
    assert (located.record.name, located.record.role, located.record.status) == ("Ann Lee", "admin", "active")
    made = f"Created the user ann@example.com ({located.record.id}), admin of Workspace of Ann Lee"
    assert ended == (0, f"Created the workspace Workspace of Ann Lee ({workspace.id})\n{made}\n", "")


def test_the_user_can_log_in(conduyt: Conduyt) -> None:
    conduyt.create_user()

    status, body = Api(conduyt.kit, "").post("/auth/login", {"email": "ANN@example.com", "password": PASSWORD})

    assert status == 200
    assert Api(conduyt.kit, body["token"]).get("/auth/me").body["user"]["email"] == "ann@example.com"


def test_the_second_user_joins_the_only_workspace(conduyt: Conduyt) -> None:
    conduyt.create_user()

    assert conduyt.create_user("ben@example.com", "Ben Ray", "--role", "viewer").code == 0
    assert len(all_workspaces(conduyt.kit.environment)) == 1
    [ben] = users_of_address(conduyt.kit.environment, "ben@example.com")
    assert ben.record.role == "viewer"


def test_a_workspace_is_named_or_chosen(conduyt: Conduyt) -> None:
    conduyt.create_user()
    conduyt.create_user("ben@example.com", "Ben Ray", "--workspace-name", "Ray & Sons")
    first, second = all_workspaces(conduyt.kit.environment)
    assert second.name == "Ray & Sons"

    refused = conduyt.create_user("cleo@example.com", "Cleo")
    by_name = conduyt.create_user("cleo@example.com", "Cleo", "--workspace", "Ray & Sons")
    by_id = conduyt.create_user("cleo@example.com", "Cleo", "--workspace", first.id)

    assert (refused.code, by_name.code, by_id.code) == (2, 0, 0)
    assert f"choose one with --workspace: {first.id} (Workspace of Ann Lee); {second.id} (Ray & Sons)" in refused.err
    cleos = users_of_address(conduyt.kit.environment, "cleo@example.com")
    assert sorted(located.workspace for located in cleos) == sorted([first.id, second.id])


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("ann", "Ann", PASSWORD, "email: Must be a valid email address"),
        ("ann@example.com", " ", PASSWORD, "name: Must not be blank"),
        ("ann@example.com", "Ann", "short", "password: Must have at least 8 characters"),
        ("ann@example.com", "Ann", "ann@example.com", "Must not be your own name or address"),
    ],
)
def test_a_user_that_the_api_would_refuse_is_refused(conduyt: Conduyt, email: str, name: str, password: str, field: str) -> None:
    ended = conduyt("user", "create", "--email", email, "--name", name, "--password-stdin", stdin=f"{password}\n")

    assert (ended.code, ended.out) == (1, "")
    assert field in ended.err
    assert all_workspaces(conduyt.kit.environment) == ()


def test_an_address_is_a_user_of_a_workspace_once(conduyt: Conduyt) -> None:
    conduyt.create_user()

    ended = conduyt.create_user("Ann@Example.com")

    assert (ended.code, ended.out) == (1, "")
    assert "This address is already a user of this workspace" in ended.err
    assert len(users_of_address(conduyt.kit.environment, "ann@example.com")) == 1


def test_a_password_is_asked_for_twice(conduyt: Conduyt) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"

    ended = conduyt("user", "create", "--email", "ann@example.com", "--name", "Ann", stdin=typed)

    assert ended.code == 0
    assert PASSWORD not in ended.out + ended.err
    assert Api(conduyt.kit, "").post("/auth/login", {"email": "ann@example.com", "password": PASSWORD}).status == 200


def test_a_key_alone_is_on_standard_output_and_works(conduyt: Conduyt) -> None:
    conduyt.create_user()

    ended = conduyt("api-key", "create", "--user", "ann@example.com", "--name", "laptop", "--scopes", "read,write")

    assert ended.code == 0
    key = ended.out.strip()
    assert ended.out == f"{key}\n"
    assert key not in ended.err
    api = Api(conduyt.kit, key)
    assert api.post("/companies", {"name": "Lights Ltd"}).status == 201
    assert api.get("/api-keys").status == 403


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--user", "ben@example.com"), 1, "There is no user with the address ben@example.com; `conduyt user create` makes one"),
        (("--user", "ann@example.com", "--scopes", "admin"), 1, "scopes: Beyond what you may do yourself: admin"),
        (("--user", "ann@example.com", "--scopes", "fly"), 1, "scopes: Beyond what you may do yourself: fly"),
        (("--user", "ann@example.com", "--workspace", "Nowhere"), 2, "No workspace has the id or name 'Nowhere'"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_none_is_made(conduyt: Conduyt, arguments: tuple[str, ...], code: int, message: str) -> None:
    conduyt.create_user("ann@example.com", "Ann Lee", "--role", "member")
    [workspace] = all_workspaces(conduyt.kit.environment)

    ended = conduyt("api-key", "create", *arguments)

    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err
    with conduyt.kit.unit_of_work(workspace.id, write=False) as unit:
        assert unit.repository(API_KEY).count() == 0


def test_a_user_of_several_workspaces_needs_the_workspace_named(conduyt: Conduyt) -> None:
    conduyt.create_user()
    conduyt.create_user("ann@example.com", "Ann Lee", "--workspace-name", "Second")

    refused = conduyt("api-key", "create", "--user", "ann@example.com")
    chosen = conduyt("api-key", "create", "--user", "ann@example.com", "--workspace", "Second")

    assert refused.code == 2
    assert "is a user of several workspaces; choose one with --workspace" in refused.err
    assert Api(conduyt.kit, chosen.out.strip()).get("/workspace").body["data"]["name"] == "Second"
