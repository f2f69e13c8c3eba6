"""The plugin of the tutorial: declares one entity, and has for that alone what the tutorial says."""

import re
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.audit import ACTIVITY
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.openapi import openapi_document
from tests.extension.harness import kit_of, storage_named
from tests.features.calls import Api

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "ships_plugin.py"
STORAGES = ["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.service)]


def load_example() -> Any:
    loader = SourceFileLoader("ships_plugin", str(EXAMPLE))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    import sys

    # Annotations are resolved through the module's name.
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


@pytest.fixture(params=STORAGES, scope="module")
def kit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    plugin = load_example().ShipsPlugin()
    with storage_named(request.param, tmp_path_factory.mktemp("storage")) as storage, kit_of(plugin, storage=storage) as kit:
        yield kit


def test_the_tutorial_shows_the_tested_file() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "tutorials" / "first-plugin.md").read_text("utf-8"), re.DOTALL)

    assert EXAMPLE.read_text("utf-8") in blocks


def test_the_plugin_has_about_forty_lines() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= 45


def test_a_ship_lives_through_the_endpoints_on_every_storage(kit: Kit) -> None:
    api, stranger = Api(kit, "ws_life"), Api(kit, "ws_other")
    owner = api.post("/companies", {"name": "Kestrel Freight"}).body["data"]["id"]

    status, created = api.post("/ships", {"name": "Aurora", "kind": "ferry", "ownerId": owner})
    id = created["data"]["id"]

    assert status == 201
    assert id.startswith("ship_")
    assert api.get(f"/ships/{id}").body == created
    assert api.patch(f"/ships/{id}", {"inService": False}).body["data"]["inService"] is False
    assert [ship["name"] for ship in api.get("/ships?kind=ferry&inService=false&search=auro").body["data"]] == ["Aurora"]
    assert api.get("/ships?kind=tug").body["meta"]["total"] == 0
    assert [answer.status for answer in (stranger.get(f"/ships/{id}"), stranger.delete(f"/ships/{id}"))] == [404, 404]
    assert api.post("/ships", {"name": "B", "ownerId": "comp_none"}).status == 422
    assert api.delete(f"/companies/{owner}").status == 204
    assert api.get(f"/ships/{id}").body["data"]["ownerId"] is None
    assert api.delete(f"/ships/{id}").status == 204
    assert api.get("/ships").body["data"] == []


def test_every_change_of_a_ship_is_logged_and_told_on_every_storage(kit: Kit) -> None:
    api = Api(kit, "ws_trail")
    id = api.post("/ships", {"name": "Aurora"}).body["data"]["id"]
    api.patch(f"/ships/{id}", {"name": "Borealis"})
    api.delete(f"/ships/{id}")

    with kit.unit_of_work("ws_trail", write=False) as unit:
        logged = {entry.action: entry.changes for entry in unit.repository(ACTIVITY).all() if entry.entity_id == id}
        told = {event.name for event in unit.repository(EVENT).all() if event.entity_id == id}
    assert logged == {"created": None, "updated": {"name": {"from": "Aurora", "to": "Borealis"}}, "deleted": None}
    assert told == {"ship.created", "ship.updated", "ship.deleted"}


def test_ships_are_in_the_openapi_document(kit: Kit) -> None:
    paths = openapi_document(kit.endpoints)["paths"]

    assert set(paths["/api/v1/ships"]) == {"get", "post"}
    assert set(paths["/api/v1/ships/{id}"]) == {"get", "patch", "delete"}
    assert all(operation["x-conduyt-extension"] for operation in paths["/api/v1/ships"].values())
    kind = next(p for p in paths["/api/v1/ships"]["get"]["parameters"] if p.get("name") == "kind")
    assert kind["schema"]["enum"] == ["tug", "tanker", "ferry"]
    assert kind["description"] == "Only ships with this kind"


def test_what_the_tutorial_tries_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    load_example()
    _, tried = re.findall(r"```python\n(.*?)```", (DOCS / "tutorials" / "first-plugin.md").read_text("utf-8"), re.DOTALL)

    exec(compile(tried, "first-plugin.md", "exec"), {})

    activities, events = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\[\('created', 'ship_\w+'\)\]", activities)
    assert events == "['ship.created']"
