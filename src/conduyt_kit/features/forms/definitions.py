"""The rules of a form's definition that go beyond single values (R111)."""

from collections.abc import Iterator, Sequence

from conduyt_kit.features.forms.entities import FormField
from conduyt_kit.features.forms.inputs import FieldInput
from conduyt_kit.kernel.errors import Detail, ValidationFailed


def defined(fields: Sequence[FieldInput]) -> list[FormField]:
    """Return the fields as they are kept; options of other types than select are dropped.

    Raises:
        ValidationFailed: keys come twice, or a select lacks options or has one twice; all are named.
    """
    wrong = [*_repeated_keys(fields), *_wrong_options(fields)]
    if wrong:
        raise ValidationFailed.of(wrong)
    return [
        FormField(
            key=field.key,
            label=field.label,
            type=field.type,
            required=field.required,
            options=list(field.options or ()) if field.type == "select" else None,
        )
        for field in fields
    ]


def _repeated_keys(fields: Sequence[FieldInput]) -> Iterator[Detail]:
    seen: set[str] = set()
    for number, field in enumerate(fields):
        if field.key in seen:
            yield Detail(f"fields[{number}].key", "Another field of the form has this key")
        seen.add(field.key)


def _wrong_options(fields: Sequence[FieldInput]) -> Iterator[Detail]:
    for number, field in enumerate(fields):
        if field.type != "select":
            continue
        if not field.options:
            yield Detail(f"fields[{number}].options", "A field of the type select needs at least one option")
        elif len(set(field.options)) < len(field.options):
            yield Detail(f"fields[{number}].options", "Options must differ from each other")
