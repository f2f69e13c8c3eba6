from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.workflows.conditions import OPERATORS, findings, hold
from conduyt_kit.features.workflows.facts import Facts
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.sales import add_contact, add_deal, add_pipeline, found, made
from tests.features.workflows.flows import add_workflow, fire, hire, runs

DATA = {
    "source": "website",
    "score": 80,
    "ratio": 0.5,
    "vip": True,
    "nothing": None,
    "tags": ["Wholesale", "spring"],
    "when": "2026-03-15T10:30:00Z",
    "customFields": {"tier": "gold", "inner": {"deep": 1}},
    "a.b": "dotted",
}


@pytest.mark.parametrize(
    ("field", "expected", "holds"),
    [
        ("source", "website", True),
        ("source", "Website", False),
        ("source", None, False),
        ("nothing", None, True),
        ("absent", None, True),
        ("absent", "x", False),
        ("score", 80, True),
        ("score", 80.0, True),
        ("score", "80", False),
        ("vip", True, True),
        ("vip", 1, False),
        ("score", {"eq": 80}, True),
        ("source", {"ne": "fair"}, True),
        ("absent", {"ne": "fair"}, True),
        ("source", {"ne": "website"}, False),
        ("source", {"in": ["fair", "website"]}, True),
        ("source", {"in": []}, False),
        ("source", {"notIn": ["fair"]}, True),
        ("score", {"gt": 79, "lt": 81}, True),
        ("score", {"gt": 80}, False),
        ("score", {"gte": 80}, True),
        ("score", {"lte": 79.5}, False),
        ("score", {"lte": "99"}, False),
        ("vip", {"gte": 0}, False),
        ("nothing", {"lt": 5}, False),
        ("when", {"gte": "2026-01-01T00:00:00Z"}, True),
        ("tags", {"contains": "spring"}, True),
        ("tags", {"contains": "wholesale"}, False),
        ("source", {"contains": "SITE"}, True),
        ("score", {"contains": "8"}, False),
        ("source", {"startsWith": "Web"}, True),
        ("source", {"startsWith": "site"}, False),
        ("source", {"exists": True}, True),
        ("nothing", {"exists": True}, False),
        ("absent", {"exists": False}, True),
        ("customFields.tier", "gold", True),
        ("customFields.inner.deep", 1, True),
        ("customFields.inner.deeper", None, True),
        ("source.inner", "x", False),
        ("a.b", "dotted", True),
    ],
)
def test_condition_holds_or_not(kit: Kit, field: str, expected: Any, holds: bool) -> None:
    with kit.unit_of_work("ws_a", write=False) as unit:
        facts = Facts(unit, DATA)
        assert hold({field: expected}, facts) is holds
        assert [finding.holds for finding in findings({field: expected}, facts)] == [holds]


def test_all_conditions_must_hold(kit: Kit) -> None:
    with kit.unit_of_work("ws_a", write=False) as unit:
        facts = Facts(unit, DATA)
        assert hold({"source": "website", "score": {"gt": 1}}, facts)
        assert not hold({"source": "website", "score": {"gt": 100}}, facts)
        assert hold({}, facts)
        assert hold(None, facts)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2)
)


@settings(max_examples=100, deadline=None)
@given(actual=json_values, operand=json_values)
def test_no_operator_fails_on_any_value(actual: Any, operand: Any) -> None:
    for name, operator in OPERATORS.items():
        if name in ("in", "notIn") and not isinstance(operand, list):
            continue
        assert operator(actual, operand) in (True, False)
    assert OPERATORS["ne"](actual, operand) is not OPERATORS["eq"](actual, operand)
    assert OPERATORS["eq"](actual, actual)


def test_fields_of_the_records_an_event_is_about_can_be_asked_for(api: Api, kit: Kit) -> None:
    found(kit, "ws_a")
    ben = hire(kit, "usr_ben")
    pipeline, company = add_pipeline(api), made(api, "/companies", {"name": "Fjord Line", "industry": "Shipping"})
    wanted = {
        "stageName": "Lead",
        "stageId": pipeline["stages"][0]["id"],
        "pipelineId": pipeline["id"],
        "deal.owner": ben,
        "contact.source": "fair",
        "contact.lastName": "Solberg",
        "company.industry": "Shipping",
        "dealValue": 42000,
        "dealName": "Summer charter",
    }
    id = add_workflow(api, "deal.created", conditions=wanted)
    others = [add_workflow(api, "deal.created", conditions={**wanted, key: "other"}) for key in wanted]
    contact = add_contact(api, source="fair")

    add_deal(api, pipeline, contactId=contact["id"], companyId=company["id"], assignedTo=ben)
    drain(kit)

    assert [len(runs(api, workflow)) for workflow in [id, *others]] == [1] + [0] * len(others)


def test_hidden_fields_cannot_be_asked_for(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", conditions={"contact.emailKey": {"exists": True}})
    add_contact(api, email="mira@example.org")
    drain(kit)

    assert runs(api, id) == []


def test_records_of_another_workspace_cannot_be_asked_for(api: Api, other_api: Api) -> None:
    contact = add_contact(other_api, source="fair")
    id = add_workflow(api, "custom.scored", conditions={"contact.source": "fair"})

    fire(api, contactId=contact["id"])

    assert runs(api, id) == []
