from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.workflows.turns import Turns
from conduyt_kit.kernel.errors import Contention
from tests.features.calls import Api
from tests.features.sales import add_contact, found, made
from tests.features.storages import postgres_plugin, sqlite_plugin
from tests.features.workflows.flows import add_workflow, flowing_kit, hire, runs
from tests.races.together import statuses, together

pytestmark = pytest.mark.parametrize("kit", ["sqlite", pytest.param("postgres", marks=pytest.mark.service)], indirect=True)

MEMBERS = 4
THREADS = 8


@pytest.fixture
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    """A kit whose jobs wait until workers take them."""
    storage = sqlite_plugin(tmp_path) if request.param == "sqlite" else postgres_plugin()
    with storage as plugin, flowing_kit(plugin) as kit:
        yield found(kit, "ws_a")


@pytest.fixture
def team(kit: Kit, api: Api) -> Any:
    return made(api, "/teams", {"name": "Sales", "memberIds": [hire(kit, f"usr_{number}") for number in range(MEMBERS)]})["id"]


def take(kit: Kit, team: str, times: int) -> list[str]:
    taken: list[str] = []
    while len(taken) < times:
        try:
            with kit.unit_of_work("ws_a") as unit:
                user = unit[Turns].take(team)
        except Contention:
            continue
        taken.append(user)
    return taken


def test_turns_taken_at_once_are_fair(kit: Kit, team: str) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        taken = [user for batch in pool.map(lambda _: take(kit, team, MEMBERS), range(THREADS)) for user in batch]

    assert Counter(taken) == {f"usr_{number}": THREADS for number in range(MEMBERS)}


def work(kit: Kit) -> None:
    """Run all due jobs with several workers, as long as one of them finds any."""

    def one(_: int) -> int:
        executor, ran = kit.job_executor(), 0
        while number := executor.run_due(limit=1):
            ran += number
        return ran

    with ThreadPoolExecutor(THREADS) as pool:
        while sum(pool.map(one, range(THREADS))):
            pass


def test_events_at_once_are_all_answered_and_counted(kit: Kit, api: Api, team: str) -> None:
    id = add_workflow(api, "contact.created", {"type": "assign_contact", "config": {"teamId": team}})

    answers = together([partial(api.post, "/contacts", {"firstName": "P", "lastName": str(number)}) for number in range(THREADS)])
    assert statuses(answers) == [201] * THREADS
    work(kit)

    assert [run["status"] for run in runs(api, id)] == ["success"] * THREADS
    assert api.get(f"/workflows/{id}").body["data"]["runCount"] == THREADS
    assigned = Counter(contact["assignedTo"] for contact in api.get("/contacts").body["data"])
    assert assigned == {f"usr_{number}": THREADS // MEMBERS for number in range(MEMBERS)}


def test_of_two_activations_at_once_one_is_refused(kit: Kit, api: Api, team: str) -> None:
    id = add_workflow(api, "contact.created", {"type": "assign_contact", "config": {"teamId": team}}, active=False)

    assert statuses(together([partial(api.post, f"/workflows/{id}/activate")] * 4)) == [200, 409, 409, 409]


def test_workflow_is_not_deleted_while_it_is_activated(kit: Kit, api: Api, team: str) -> None:
    for _ in range(5):
        id = add_workflow(api, "contact.created", {"type": "assign_contact", "config": {"teamId": team}}, active=False)
        activated, deleted = together([partial(api.post, f"/workflows/{id}/activate"), partial(api.delete, f"/workflows/{id}")])

        assert (activated.status, deleted.status) in [(200, 409), (404, 204)]
        assert api.get(f"/workflows/{id}").status == (200 if activated.status == 200 else 404)
        add_contact(api)
        if activated.status == 200:
            api.post(f"/workflows/{id}/deactivate")
