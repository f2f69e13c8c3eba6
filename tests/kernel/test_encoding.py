import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import attrs
import msgspec
import pytest

from conduyt_kit.kernel.encoding import Encoder
from conduyt_kit.kernel.naming import camel, snake


@attrs.frozen(kw_only=True)
class Part:
    part_name: str
    price: Decimal


@attrs.frozen(kw_only=True)
class Machine:
    id: str
    kind: Literal["a", "b"]
    built_at: dt.datetime | None
    sold_on: dt.date | None
    parts: tuple[Part, ...]
    main_part: Part | None
    tags: list[str]
    subject: str | msgspec.UnsetType = msgspec.UNSET
    custom_fields: dict[str, Any]


def machine(**values: Any) -> Machine:
    defaults: dict[str, Any] = {
        "id": "m1",
        "kind": "a",
        "built_at": None,
        "sold_on": None,
        "parts": (),
        "main_part": None,
        "tags": [],
        "custom_fields": {},
    }
    return Machine(**(defaults | values))


def test_keys_are_camel_case_in_field_order_and_unset_is_left_out() -> None:
    encoded = Encoder().to_bytes(machine())

    assert encoded == (b'{"id":"m1","kind":"a","builtAt":null,"soldOn":null,"parts":[],"mainPart":null,"tags":[],"customFields":{}}')


def test_values_are_shown_as_documented() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    shown = Encoder().to_json(
        machine(
            built_at=dt.datetime(2026, 5, 1, 12, 0, 5, 999_999, tzinfo=zone),
            sold_on=dt.date(2026, 5, 2),
            parts=(Part(part_name="bolt", price=Decimal("2500.00")), Part(part_name="nut", price=Decimal("349.74"))),
            main_part=Part(part_name="frame", price=Decimal(0)),
            subject="hi",
            custom_fields={"lead_score": 5},
        )
    )

    assert shown["builtAt"] == "2026-05-01T10:00:05Z"
    assert shown["soldOn"] == "2026-05-02"
    assert shown["parts"] == [{"partName": "bolt", "price": 2500}, {"partName": "nut", "price": 349.74}]
    assert shown["mainPart"] == {"partName": "frame", "price": 0}
    assert shown["subject"] == "hi"
    assert shown["customFields"] == {"lead_score": 5}


@pytest.mark.parametrize(("inside", "edge"), [("first_name", "firstName"), ("id", "id"), ("body_html", "bodyHtml")])
def test_names_convert_both_ways(inside: str, edge: str) -> None:
    assert (camel(inside), snake(edge)) == (edge, inside)
