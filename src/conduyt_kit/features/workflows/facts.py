"""What an event is known by: its data, aliases, and what the records it is about say (A25)."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.kernel.changes import snapshot
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.unit_of_work import UnitOfWork

RELATED = ("contact", "deal", "company")
"""Records whose fields can be asked for by a path such as ``deal.owner``, where the event has their id."""

_ALIASES = {"deal": {"dealName": "name", "dealValue": "value"}, "contact": {}, "company": {}}
_RECORD_ALIASES = {"owner": "assignedTo"}

_LONG = {"deal.stage_changed": ("dealId", "dealName", "contactId", "previousStage", "newStage", "dealValue")}
_SHORT = {"deal.stage_changed": ("dealId", "dealName", "newStage")}


def data_of(happened: Happened) -> dict[str, Any]:
    """Return the event's data with the id of the record it is about under its kind, such as ``contactId``, and further aliases."""
    data = dict(happened.data)
    kind = happened.entity_type
    if kind and happened.entity_id:
        data.setdefault(f"{camel(kind)}Id", happened.entity_id)
    for alias, name in _ALIASES.get(kind or "", {}).items():
        if name in data:
            data.setdefault(alias, data[name])
    return data


def shown(event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trigger data as a single run shows it."""
    return _only(data, _LONG[event]) if event in _LONG else dict(data)


def shown_in_list(event: str, kind: str | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trigger data as a list of runs shows it: what the event is about; of custom events everything (A38)."""
    if event in _SHORT:
        return _only(data, _SHORT[event])
    if kind is None:
        return dict(data)
    noun = camel(kind)
    return _only(data, (f"{noun}Id", f"{noun}Name", "firstName", "lastName", "name", "title"))


def _only(data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: data[key] for key in keys if key in data}


class Facts:
    """Answers what a condition's path stands for; reads records only when they are asked for."""

    def __init__(self, unit: UnitOfWork, data: Mapping[str, Any]) -> None:
        self._unit = unit
        self._data = data
        self._records: dict[str, Mapping[str, Any] | None] = {}

    def value(self, path: str) -> Any:
        """Return a key of the event's data, ``stageName``, an inner value (``customFields.tier``), or a field of the contact, deal or
        company that it is about (``deal.owner``); ``None`` where there is no such thing.
        """
        if path in self._data:
            return self._data[path]
        if path == "stageName":
            return self._stage_name()
        head, _, rest = path.partition(".")
        if head in self._data:
            return _dig(self._data[head], rest)
        if rest and head in RELATED:
            return _dig(self.record(head), rest)
        return None

    def record(self, kind: str) -> Mapping[str, Any] | None:
        """Return the visible fields of the record of that kind that the event is about, as it is now."""
        if kind not in self._records:
            repository, id = self._unit.repository_named(kind), self._data.get(f"{kind}Id")
            found = repository.find(id) if repository is not None and isinstance(id, str) else None
            self._records[kind] = snapshot(repository.spec, found) if repository is not None and found is not None else None
        return self._records[kind]

    def _stage_name(self) -> Any:
        stages, id = self._unit.repository_named("stage"), self.value("stageId")
        stage = stages.find(id) if stages is not None and isinstance(id, str) else None
        return None if stage is None else stage.name


def _dig(value: Any, path: str) -> Any:
    while path and isinstance(value, Mapping):
        key, _, rest = path.partition(".")
        value, path = value.get(_RECORD_ALIASES.get(key, key) if key not in value else key), rest
    return None if path else value
