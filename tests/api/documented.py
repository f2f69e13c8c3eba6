"""The documented API as data, and comparison of answers with its shapes."""

import json
import typing
from pathlib import Path
from typing import Any

import attrs

from conduyt_kit.kernel.endpoints import Method

CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text("utf-8"))["endpoints"]


@attrs.frozen(kw_only=True)
class Documented:
    """One documented endpoint."""

    section: str
    method: Method
    path: str
    auth: str
    success: int
    statuses: list[int]
    query: list[str]
    body: dict[str, bool]
    reply: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


DOCUMENTED = tuple(Documented(**endpoint) for endpoint in CONTRACT)


def documented(method: str, path: str) -> Documented:
    return next(endpoint for endpoint in DOCUMENTED if (endpoint.method, endpoint.path) == (method, "/api/v1" + path))


def differences(shape: Any, value: Any, path: str = "") -> list[str]:
    """Return where an answer does not have the documented keys and types; null is taken for any type but not for missing keys.

    Free-form objects (`data`, `changes`, `settings`, `customFields`) are compared by type only, empty arrays not at all.
    """
    if value is None:
        return []
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        missing = [f"{path}.{key}: missing" for key in shape if key not in value]
        return missing + [d for key in shape if key in value for d in _inside(shape[key], value[key], f"{path}.{key}")]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: not an array"]
        return [d for item in value for d in differences(shape[0], item, f"{path}[]")] if shape else []
    names: dict[str, type | tuple[type, ...]] = {"string": str, "number": (int, float), "boolean": bool, "null": object}
    right = isinstance(value, names[shape]) and not (shape == "number" and isinstance(value, bool))
    return [] if right else [f"{path}: {value!r} is no {shape}"]


_FREE = ("changes", "settings", "customFields", "conditions", "config", "result", "triggerData")


def _inside(shape: Any, value: Any, path: str) -> typing.Sequence[str]:
    if path.rpartition(".")[2] in _FREE:
        return [] if value is None or isinstance(value, dict) else [f"{path}: not an object"]
    return differences(shape, value, path)
