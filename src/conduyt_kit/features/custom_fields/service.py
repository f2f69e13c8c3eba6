"""The use cases of custom fields, and the check of their values for the features whose records carry them."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.custom_fields.checking import ValueChecker
from conduyt_kit.features.custom_fields.entities import CUSTOM_FIELD, CustomField
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.query import EVERYTHING, Compare, Op, RemoveKey, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_WITH_OPTIONS = ("select", "multi_select")


class CustomFields:
    """Definitions of custom fields, and their values."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._fields = unit.repository(CUSTOM_FIELD)

    def list(self, entity: str | None = None) -> tuple[CustomField, ...]:
        """Return the definitions, oldest first, of one entity or of all."""
        return self._fields.all(where(entity=entity) if entity else EVERYTHING)

    def get(self, id: str) -> CustomField:
        """Return one definition.

        Raises:
            NotFound: no such field.
        """
        return self._fields.get(id)

    def create(self, **values: Any) -> CustomField:
        """Define a field.

        Raises:
            ValidationFailed: the key is taken on this entity, or options are missing where the type needs them (R66, R68).
        """
        values["options"] = _options(values["type"], values.get("options"))
        return self._fields.create(**values)

    def update(self, id: str, changes: Mapping[str, Any]) -> CustomField:
        """Change a definition; type, key and entity only while no record holds a value (R71).

        Raises:
            NotFound: no such field.
            ValidationFailed: see above, and as for `create`.
        """
        field = self._fields.get_for_update(id)
        wanted = dict(changes)
        fixed = [name for name in ("type", "key", "entity") if name in wanted and wanted[name] != getattr(field, name)]
        if fixed and self._holders(field):
            raise ValidationFailed.of(Detail(name, "Cannot be changed while records hold values of this field") for name in fixed)
        if "type" in wanted or "options" in wanted:
            wanted["options"] = _options(wanted.get("type", field.type), wanted.get("options", field.options))
        return self._fields.change(field, **wanted)

    def delete(self, id: str) -> None:
        """Delete a definition and take its values out of every record (R72).

        Raises:
            NotFound: no such field.
        """
        field = self._fields.get_for_update(id)
        carriers = self._unit.repository_named(field.entity)
        if carriers is not None:
            carriers.update_where(Compare("custom_fields", Op.HAS_KEY, field.key), custom_fields=RemoveKey(field.key))
        self._fields.remove(field)

    def checked(self, entity: str, given: Mapping[str, Any] | None, existing: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the values a record of `entity` is to keep.

        Args:
            entity: ``"contact"``, ``"deal"`` or ``"company"``.
            given: values by key as they came in; a null clears (R70).
            existing: the record's present values on an update; ``None`` on creation, where required fields must be given (R69).

        Raises:
            ValidationFailed: keys are unknown, values do not fit, required fields are missing or cleared; all are named.
        """
        if existing is not None and not given:
            return dict(existing)
        return self.checker(entity).checked(given, existing)

    def checker(self, entity: str) -> ValueChecker:
        """Return what checks the values of many records of `entity`, with the definitions as they are now; one storage call."""
        return ValueChecker(self.list(entity))

    def _holders(self, field: CustomField) -> int:
        carriers = self._unit.repository_named(field.entity)
        return 0 if carriers is None else carriers.count(Compare("custom_fields", Op.HAS_KEY, field.key))


def _options(type_: str, options: "list[str] | None") -> "list[str] | None":
    if type_ not in _WITH_OPTIONS:
        return None
    if not options:
        raise ValidationFailed.on("options", f"A field of the type {type_} needs at least one option")
    if len(set(options)) != len(options):
        raise ValidationFailed.on("options", "Options must differ from each other")
    return list(options)
