"""The check of a record's custom field values against the definitions of its entity (R67 to R70)."""

from collections.abc import Iterable, Mapping
from typing import Any

from conduyt_kit.features.custom_fields.entities import CustomField
from conduyt_kit.features.custom_fields.values import check
from conduyt_kit.kernel.errors import Detail, ValidationFailed


class ValueChecker:
    """Checks values against one entity's definitions; `definitions` has them by key."""

    def __init__(self, definitions: Iterable[CustomField]) -> None:
        self.definitions = {field.key: field for field in definitions}

    def checked(self, given: Mapping[str, Any] | None, existing: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the values a record is to keep; arguments and errors as for `CustomFields.checked`."""
        kept = dict(existing or {})
        wrong: list[Detail] = []
        for key, value in (given or {}).items():
            message = self._put(kept, key, value)
            if message is not None:
                wrong.append(Detail(f"customFields.{key}", message))
        wrong += self._missing(kept, self.definitions if existing is None else given or {}, {detail.field for detail in wrong})
        if wrong:
            raise ValidationFailed.of(wrong)
        return kept

    def _put(self, kept: dict[str, Any], key: str, value: Any) -> str | None:
        field = self.definitions.get(key)
        if field is None:
            known = f"; defined are {', '.join(self.definitions)}" if self.definitions else ""
            return f"No custom field of this entity has this key{known}"
        if value is None:
            kept.pop(key, None)
            return None
        try:
            kept[key] = check(field, value)
        except ValueError as error:
            return str(error)
        return None

    def _missing(self, kept: Mapping[str, Any], touched: Iterable[str], refused: set[str]) -> list[Detail]:
        return [
            Detail(f"customFields.{key}", "Required")
            for key in touched
            if key in self.definitions and self.definitions[key].required and key not in kept and f"customFields.{key}" not in refused
        ]
