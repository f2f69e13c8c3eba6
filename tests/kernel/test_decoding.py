import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
import pytest
from msgspec import Meta

from conduyt_kit.kernel.decoding import Decoder, given, patch_of
from conduyt_kit.kernel.errors import InvalidRequest, ValidationFailed
from conduyt_kit.kernel.values import Amount, Color, Currency, Email, Name, Phone, Since, Timestamp, TimeZone, Url


@attrs.frozen(kw_only=True)
class Line:
    unit_price: Amount
    note: str | None = None


@attrs.frozen(kw_only=True)
class Order:
    customer_name: Name
    email: Email | None = None
    count: Annotated[int, Meta(ge=1, le=10)] = 1
    weight: float | None = None
    express: bool = False
    ship_on: dt.date | None = None
    placed_at: Timestamp | None = None
    kind: Literal["new", "used"] = "new"
    tags: Annotated[list[Name], Meta(max_length=3)] = attrs.field(factory=list)
    lines: list[Line] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)


OrderChanges = patch_of(Order)
GOOD = {"customerName": "Ida"}


@pytest.fixture
def decoder() -> Decoder:
    return Decoder()


def refusals(decoder: Decoder, body: Any, cls: type = Order) -> dict[str, str]:
    with pytest.raises(ValidationFailed) as refused:
        decoder.body(cls, body)
    return {detail.field: detail.message for detail in refused.value.details}


def test_body_is_filled_with_snake_case_and_normalised_values(decoder: Decoder) -> None:
    body = {
        "customerName": "  Ida Holm ",
        "email": "Ida@EXAMPLE.org",
        "count": 3.0,
        "weight": 2,
        "shipOn": "2026-05-15",
        "placedAt": "2026-05-01T12:00:00+02:00",
        "lines": [{"unitPrice": 0.0875}, {"unitPrice": 42000}],
    }

    order = decoder.body(Order, body)

    assert order == Order(
        customer_name="Ida Holm",
        email="Ida@example.org",
        count=3,
        weight=2.0,
        ship_on=dt.date(2026, 5, 15),
        placed_at=dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC),
        lines=[Line(unit_price=Decimal("0.0875")), Line(unit_price=Decimal(42000))],
    )


def test_every_mistake_is_named_at_once_with_its_path(decoder: Decoder) -> None:
    body = {
        "email": "nobody",
        "count": 11,
        "tags": ["a", "", 3],
        "lines": [{"unitPrice": "1"}, {"unitPrise": 1}],
        "kind": "old",
        "placedAt": "2026-05-01T12:00:00",
        "custumerName": "Ida",
    }

    assert refusals(decoder, body) == {
        "customerName": "Required",
        "email": "Must be a valid email address",
        "count": "Must be at most 10",
        "tags[1]": "Must not be blank",
        "tags[2]": "Must be a string",
        "lines[0].unitPrice": "Must be a number",
        "lines[1].unitPrice": "Required",
        "lines[1].unitPrise": "Unknown field; did you mean unitPrice?",
        "kind": "Must be one of new, used",
        "placedAt": "Must be a date and time with its offset, such as 2026-04-20T17:00:00Z",
        "custumerName": "Unknown field; did you mean customerName?",
    }


WRONG: dict[str, list[Any]] = {
    "customerName": [None, 1, True, [], {}, "", "   ", "x" * 201, "a\x00b", "\ud800"],
    "email": [1, "a", "a@", "@b.example", "a b@c.example", "a@b..example", []],
    "count": [None, "1", True, 1.5, 0, 11, [], "", 1e300],
    "weight": ["1", True, [], {}],
    "express": [None, "true", "false", 0, 1, "yes", []],
    "shipOn": ["2026-13-01", "2026-02-30", "15.05.2026", "2026-05-15T00:00:00Z", 20260515, "2026-W01-1", True],
    "placedAt": ["2026-05-01", "now", 0, "2026-05-01T25:00:00Z", "2026-05-01 12:00", "9999-12-31T23:59:59-14:00", []],
    "kind": [None, "NEW", 1, ["new"], ""],
    "tags": [None, "a", {"0": "a"}, ["a", "b", "c", "d"], [None]],
    "lines": [None, {}, [1], [[]], [{"unitPrice": None}], [{"unitPrice": True}], [{"unitPrice": 1e13}]],
    "extra": [None, [], "x", 1],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_value_of_the_wrong_type_is_refused_on_its_field(decoder: Decoder, field: str, value: Any) -> None:
    found = refusals(decoder, {**GOOD, field: value})

    assert all(name == field or name.startswith((f"{field}[", f"{field}.")) for name in found)


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_body_that_is_no_object_is_malformed(decoder: Decoder, body: Any) -> None:
    with pytest.raises(InvalidRequest):
        decoder.body(Order, body)


def test_patch_tells_absent_from_null(decoder: Decoder) -> None:
    changes: Any = decoder.body(OrderChanges, {"email": None, "tags": ["x"]})

    assert given(changes) == {"email": None, "tags": ["x"]}


def test_patch_refuses_null_where_the_field_has_none_and_keeps_constraints(decoder: Decoder) -> None:
    found = refusals(decoder, {"customerName": None, "count": 99, "colour": 1}, OrderChanges)

    assert found == {"customerName": "Must not be null", "count": "Must be at most 10", "colour": "Unknown field"}


def test_read_only_keys_are_dropped_only_where_they_are_named(decoder: Decoder) -> None:
    assert given(decoder.body(OrderChanges, {"id": "x", "count": 2}, ignored={"id"})) == {"count": 2}
    assert refusals(decoder, {"id": "x"}, OrderChanges) == {"id": "Unknown field"}


@attrs.frozen(kw_only=True)
class Search:
    assigned_to: str | None = attrs.field(default=None, metadata={"wire": "assigned_to"})
    created_after: Since | None = attrs.field(default=None, metadata={"wire": "created_after"})
    due_before: Since | None = None
    limit: Annotated[int, Meta(ge=1)] = 50
    active: bool | None = None


def test_query_takes_both_spellings_dates_and_the_last_of_repeats(decoder: Decoder) -> None:
    parameters = {
        "assignedTo": ["u1"],
        "created_after": ["2026-01-31"],
        "due_before": ["2026-01-31T10:00:00+01:00"],
        "limit": ["5", "7"],
        "active": ["TRUE"],
        "unknown": ["x"],
    }

    assert decoder.query(Search, parameters) == Search(
        assigned_to="u1",
        created_after=dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
        due_before=dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC),
        limit=7,
        active=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "٣"),
        ("limit", "1_0"),
        ("limit", "9" * 30),
        ("active", "1"),
        ("created_after", "soon"),
    ],
)
def test_bad_query_value_is_malformed_and_named(decoder: Decoder, name: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decoder.query(Search, {name: [value]})

    assert [detail.field for detail in refused.value.details] == [name]


@pytest.mark.parametrize(
    ("annotation", "given_value", "kept"),
    [
        (Phone, "+1 (415) 555-2671", "+14155552671"),
        (Phone, "+44 20 7946 0958", "+442079460958"),
        (Color, "#22F5a4", "#22F5a4"),
        (Currency, "eur", "EUR"),
        (TimeZone, "America/New_York", "America/New_York"),
        (Url, "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_named_values_are_normalised(decoder: Decoder, annotation: Any, given_value: str, kept: str) -> None:
    assert decoder.value(annotation, given_value, "x") == kept


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Phone, "4155552671"),
        (Phone, "+1"),
        (Phone, "+14155552671x5"),
        (Phone, "call me"),
        (Color, "green"),
        (Color, "#12345"),
        (Color, "#123456\n"),
        (Currency, "EURO"),
        (Currency, "€€€"),
        (TimeZone, "Mars/Base"),
        (TimeZone, "../etc/passwd"),
        (Url, "javascript:alert(1)"),
        (Url, "https://"),
        (Url, "https://user@evil.example/"),
    ],
)
def test_named_values_refuse_what_they_are_not(decoder: Decoder, annotation: Any, value: str) -> None:
    with pytest.raises(ValidationFailed):
        decoder.value(annotation, value, "x")
