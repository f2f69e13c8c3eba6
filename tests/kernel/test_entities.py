import datetime as dt
from decimal import Decimal

import attrs
import pytest

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import Kind, entity
from conduyt_kit.kernel.errors import InvalidRequest, SpecError
from conduyt_kit.kernel.fields import SET_NULL, ref, stored
from conduyt_kit.kernel.money import as_json_number, from_scaled, round_half_up, to_scaled
from conduyt_kit.kernel.query import Sort, complete_sort, decode_cursor, encode_cursor
from tests.kernel.conftest import NOW
from tests.kernel.fleet import SHIP, SHIP_STAMP, Ship


def test_specification_is_derived_from_the_class() -> None:
    kinds = {field.name: (field.kind, field.nullable) for field in SHIP.fields}

    assert kinds == {
        "id": (Kind.TEXT, False),
        "name": (Kind.TEXT, False),
        "name_key": (Kind.TEXT, False),
        "kind": (Kind.TEXT, False),
        "launch_code": (Kind.TEXT, True),
        "tonnage": (Kind.INTEGER, True),
        "flagship_id": (Kind.TEXT, True),
        "custom": (Kind.JSON, False),
        "created_at": (Kind.TIMESTAMP, False),
        "updated_at": (Kind.TIMESTAMP, False),
    }
    assert [field.name for field in SHIP.refs] == ["flagship_id"]
    assert [field.name for field in SHIP.fields if not field.visible] == ["name_key", "launch_code"]
    assert SHIP_STAMP.is_link


def test_rule_that_names_an_unknown_field_is_refused() -> None:
    with pytest.raises(SpecError, match="'speed'"):
        entity(Ship, name="ship", indexes=[("speed",)])


def test_reference_that_is_cleared_must_allow_null() -> None:
    @attrs.frozen(kw_only=True)
    class Bad:
        id: str
        ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=SET_NULL)))

    with pytest.raises(SpecError, match=r"Bad\.ship_id"):
        entity(Bad, name="bad")


def test_field_that_cannot_be_stored_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Bad:
        id: str
        wait: dt.timedelta

    with pytest.raises(SpecError, match=r"Bad\.wait"):
        entity(Bad, name="bad")


def test_every_order_ends_in_the_key_so_that_pages_never_overlap() -> None:
    assert complete_sort(SHIP) == (Sort("created_at", True), Sort("id", True))
    assert complete_sort(SHIP, ["name"]) == (Sort("name"), Sort("id"))
    assert complete_sort(SHIP_STAMP) == (Sort("ship_id"), Sort("stamp_id"))


def test_cursor_gives_back_the_sort_values_of_the_last_record() -> None:
    ship = Ship(id="ship_1", name="A", name_key="a", created_at=NOW, updated_at=NOW)
    sort = complete_sort(SHIP)

    assert decode_cursor(SHIP, sort, encode_cursor(SHIP, sort, ship)) == (NOW, "ship_1")


@pytest.mark.parametrize("token", ["x", "e30", "W10", "bnVsbA", "\ud800", "é", "=" * 9])
def test_text_that_is_no_cursor_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest):
        decode_cursor(SHIP, complete_sort(SHIP), token)


def test_cursor_of_another_order_is_refused() -> None:
    ship = Ship(id="ship_1", name="A", name_key="a", created_at=NOW, updated_at=NOW)
    token = encode_cursor(SHIP, complete_sort(SHIP), ship)

    with pytest.raises(InvalidRequest):
        decode_cursor(SHIP, complete_sort(SHIP, ["name"]), token)


def test_ids_have_the_documented_forms_and_sort_by_time() -> None:
    made = [ids.sortable("comp_")() for _ in range(200)]

    assert made == sorted(made)
    assert len(set(made)) == 200
    assert all(id.startswith("comp_") and len(id) == 31 for id in made)
    assert len(ids.uuid()) == 36
    assert ids.prefixed_uuid("inv_")().startswith("inv_0")
    assert len(ids.random_hex("usr_")()) == 20


@pytest.mark.parametrize(
    ("text", "slug"),
    [("New Business", "new_business"), ("  Closed — Won! ", "closed_won"), ("Zürich", "zurich"), ("日本", "item"), ("a" * 90, "a" * 60)],
)
def test_slug_is_lower_case_ascii(text: str, slug: str) -> None:
    assert ids.slug(text) == slug


@pytest.mark.parametrize(("one", "other"), [("STRASSE", "straße"), ("Ａcme  Corp", "acme corp"), ("İ", "i̇"), ("é", "e\u0301")])
def test_folded_texts_are_equal_where_people_see_the_same(one: str, other: str) -> None:
    assert ids.fold(one) == ids.fold(other)


def test_money_rounds_half_up_and_scales_exactly() -> None:
    assert round_half_up(Decimal("3997.00") * Decimal("0.0875")) == Decimal("349.74")
    assert to_scaled(Decimal("349.74"), 2) == 34974
    assert from_scaled(34974, 2) == Decimal("349.74")
    assert (as_json_number(Decimal("2500.00")), as_json_number(Decimal("0.0875"))) == (2500, 0.0875)
    for bad in (Decimal("0.001"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(ValueError, match=r"decimal places|finite"):
            to_scaled(bad, 2)
