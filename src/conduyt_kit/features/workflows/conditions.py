"""Conditions: what must hold of an event. A plain value must be equal; an object names operators that must all hold (extension)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from conduyt_kit.features.workflows.facts import Facts
from conduyt_kit.kernel.errors import Detail

MOST_CONDITIONS = 50


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _equal(actual: Any, expected: Any) -> bool:
    # Python takes true and 1 for the same, JSON does not.
    return _kind(actual) == _kind(expected) and bool(actual == expected)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, expected: _kind(actual) == _kind(expected) and _kind(actual) in ("number", "str") and compare(actual, expected)


def _contains(actual: Any, expected: Any) -> bool:
    if isinstance(actual, list):
        return any(_equal(item, expected) for item in actual)
    return isinstance(actual, str) and isinstance(expected, str) and expected.casefold() in actual.casefold()


def _starts(actual: Any, expected: Any) -> bool:
    return isinstance(actual, str) and isinstance(expected, str) and actual.casefold().startswith(expected.casefold())


def _among(actual: Any, expected: Any) -> bool:
    return any(_equal(actual, item) for item in expected)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "ne": lambda actual, expected: not _equal(actual, expected),
    "in": _among,
    "notIn": lambda actual, expected: not _among(actual, expected),
    "gt": _ordered(lambda actual, expected: actual > expected),
    "gte": _ordered(lambda actual, expected: actual >= expected),
    "lt": _ordered(lambda actual, expected: actual < expected),
    "lte": _ordered(lambda actual, expected: actual <= expected),
    "contains": _contains,
    "startsWith": _starts,
    "exists": lambda actual, expected: (actual is not None) is expected,
}
"""What an object as a condition may say. Texts are compared as they are, except by contains and startsWith, which ignore case."""


@attrs.frozen(kw_only=True)
class Finding:
    """What became of one condition: what it asks of a field, what the field was, whether it holds."""

    field: str
    expected: Any
    actual: Any
    holds: bool


def mistakes(conditions: Mapping[str, Any], path: str) -> Iterable[Detail]:
    """Yield what is wrong with conditions, under a path such as ``trigger.conditions``."""
    if len(conditions) > MOST_CONDITIONS:
        yield Detail(path, f"Must have at most {MOST_CONDITIONS} conditions")
    for field, expected in conditions.items():
        where = f"{path}.{field[:100]}"
        if isinstance(expected, list):
            yield Detail(where, 'Must be a value, or an object of operators such as {"in": [...]}')
        elif isinstance(expected, dict):
            yield from _operator_mistakes(expected, where)


def _operator_mistakes(expected: Mapping[str, Any], where: str) -> Iterable[Detail]:
    if not expected:
        yield Detail(where, f"Must name an operator: {', '.join(OPERATORS)}")
    for name, operand in expected.items():
        if name not in OPERATORS:
            yield Detail(f"{where}.{name[:100]}", f"Must be one of {', '.join(OPERATORS)}")
        elif name in ("in", "notIn") and not isinstance(operand, list):
            yield Detail(f"{where}.{name}", "Must be an array")
        elif name == "exists" and not isinstance(operand, bool):
            yield Detail(f"{where}.{name}", "Must be true or false")


def findings(conditions: Mapping[str, Any] | None, facts: Facts) -> list[Finding]:
    """Return what becomes of each condition."""
    return [_finding(field, expected, facts.value(field)) for field, expected in (conditions or {}).items()]


def hold(conditions: Mapping[str, Any] | None, facts: Facts) -> bool:
    """Whether all conditions hold; those after the first that does not are not looked at."""
    return all(_finding(field, expected, facts.value(field)).holds for field, expected in (conditions or {}).items())


def _finding(field: str, expected: Any, actual: Any) -> Finding:
    operators = expected if isinstance(expected, dict) else {"eq": expected}
    holds = all(OPERATORS[name](actual, operand) for name, operand in operators.items())
    return Finding(field=field, expected=expected, actual=actual, holds=holds)
