from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.pipelines.positions import initial, placed
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import trail
from tests.features.sales import add_pipeline, made, refused

PATH = "/pipelines/pipe_charter/stages"


@pytest.fixture(autouse=True)
def pipeline(api: Api) -> dict[str, Any]:
    """A pipeline with the stages Lead, Offer, Signed."""
    return add_pipeline(api)


def order(api: Api) -> list[tuple[str, int]]:
    return [(stage["name"], stage["order"]) for stage in api.get(PATH).body["data"]]


def test_stages_are_listed_by_position_without_meta(api: Api) -> None:
    body = api.get(PATH).body
    assert list(body) == ["data"]
    assert order(api) == [("Lead", 1), ("Offer", 2), ("Signed", 3)]
    assert differences(documented("GET", "/pipelines/:id/stages").reply, body) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (1, ["New", "Lead", "Offer", "Signed"]),
        (3, ["Lead", "Offer", "New", "Signed"]),
        (4, ["Lead", "Offer", "Signed", "New"]),
        (400, ["Lead", "Offer", "Signed", "New"]),
    ],
)
def test_inserted_stage_shifts_the_others(api: Api, wanted: int, expected: list[str]) -> None:
    stage = made(api, PATH, {"name": "New", "order": wanted})
    assert stage == {"id": "stage_new", "name": "New", "order": expected.index("New") + 1, "probability": 0}
    assert order(api) == [(name, place) for place, name in enumerate(expected, start=1)]


@pytest.mark.parametrize(
    ("id", "wanted", "expected"),
    [
        ("stage_signed", 1, ["Signed", "Lead", "Offer"]),
        ("stage_lead", 2, ["Offer", "Lead", "Signed"]),
        ("stage_lead", 99, ["Offer", "Signed", "Lead"]),
        ("stage_offer", 2, ["Lead", "Offer", "Signed"]),
    ],
)
def test_moved_stage_shifts_the_others(api: Api, id: str, wanted: int, expected: list[str]) -> None:
    answer = api.patch(f"{PATH}/{id}", {"order": wanted})
    assert (answer.status, answer.body["data"]["order"]) == (200, min(wanted, 3))
    assert order(api) == [(name, place) for place, name in enumerate(expected, start=1)]


def test_deleted_stage_closes_the_gap(api: Api) -> None:
    assert api.delete(f"{PATH}/stage_offer") == (204, None)
    assert order(api) == [("Lead", 1), ("Signed", 2)]
    assert api.get("/pipelines/pipe_charter").body["data"]["stageCount"] == 2


def test_name_and_probability_change_and_the_id_stays(kit: Kit, api: Api) -> None:
    answer = api.patch(f"{PATH}/stage_offer", {"name": "Proposal", "probability": 0.45})
    assert answer.status == 200
    assert answer.body["data"] == {"id": "stage_offer", "name": "Proposal", "order": 2, "probability": 0.45}
    (entry,) = trail(kit, entity_type="stage", action="updated")
    assert entry.changes == {"name": {"from": "Offer", "to": "Proposal"}, "probability": {"from": 0.6, "to": 0.45}}
    assert api.patch(f"{PATH}/stage_offer", answer.body["data"]) == answer


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"order": 1}, ["name"]),
        ({"name": "S"}, ["order"]),
        ({"name": "S", "order": 0}, ["order"]),
        ({"name": "S", "order": 1.5}, ["order"]),
        ({"name": "S", "order": 1, "probability": 1.5}, ["probability"]),
        ({"name": "S", "order": 1, "position": 1}, ["position"]),
    ],
)
def test_wrong_stage_is_refused_and_the_order_stays(api: Api, body: dict[str, Any], fields: list[str]) -> None:
    assert refused(api.post(PATH, body)) == (422, fields)
    assert order(api) == [("Lead", 1), ("Offer", 2), ("Signed", 3)]


def test_stage_is_found_only_in_its_own_pipeline(api: Api) -> None:
    other = made(api, "/pipelines", {"name": "Other", "stages": [{"name": "Due"}]})
    path = f"/pipelines/{other['id']}/stages"
    assert api.patch(f"{path}/stage_lead", {"name": "x"}).status == 404
    assert api.delete(f"{path}/stage_lead").status == 404
    assert api.patch(f"{PATH}/stage_due", {"order": 1}).status == 404
    assert order(api) == [("Lead", 1), ("Offer", 2), ("Signed", 3)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 10_000)), max_size=20))
def test_initial_positions_have_no_gaps_and_respect_given_orders(orders: list[int | None]) -> None:
    positions = initial(orders)
    assert sorted(positions) == list(range(1, len(orders) + 1))
    explicit = [(value, place) for value, place in zip(orders, positions, strict=True) if value is not None]
    assert all(a[1] < b[1] for a in explicit for b in explicit if a[0] < b[0])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 8), st.integers(1, 20), st.booleans())
def test_placed_moves_one_and_keeps_the_order_of_the_others(size: int, position: int, new: bool) -> None:
    before = [str(number) for number in range(size)]
    moved = "new" if new or not size else before[position % size]
    after = placed(before, moved, position)
    assert [id for id in after if id != moved] == [id for id in before if id != moved]
    assert after.index(moved) + 1 == min(position, len(after))
