"""JSON Schemas (2020-12) from the annotations of inputs and outputs: what `decoding` enforces and `encoding` writes."""

import datetime as dt
import enum
import re
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
import msgspec
from msgspec import Meta

from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.values import Rule

Schema = dict[str, Any]

_SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    bool: {"type": "boolean"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
}
_RULE_IDS = re.compile(r"\s*\((?:[RAXT]\d+(?:,\s*)?)+\)")


class Schemas:
    """Collects the classes that schemas refer to, as the document's components.

    A class is one component as an input (unknown keys refused, fields with defaults optional) and another one as an output (every
    field present), unless it is used in one way only.
    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._names: dict[tuple[type, bool], str] = {}

    def input(self, annotation: Any) -> Schema:
        """Return the schema of what may be sent for an annotation."""
        return self._of(annotation, True)

    def output(self, annotation: Any) -> Schema:
        """Return the schema of what is answered for an annotation."""
        return self._of(annotation, False)

    def _of(self, annotation: Any, is_input: bool) -> Schema:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            return self._annotated(annotation, is_input)
        if origin in (typing.Union, types.UnionType):
            return self._union(annotation, is_input)
        if origin is Literal:
            return _choice(typing.get_args(annotation))
        if annotation in (list, tuple) or origin in (list, tuple):
            items = (typing.get_args(annotation) or (Any,))[0]
            return {"type": "array", "items": self._of(items, is_input)}
        if annotation is dict or origin in (dict, Mapping):
            values = (typing.get_args(annotation) or (str, Any))[1]
            return {"type": "object", "additionalProperties": True if values is Any else self._of(values, is_input)}
        return self._bare(annotation, is_input)

    def _bare(self, annotation: Any, is_input: bool) -> Schema:
        if annotation in _SIMPLE:
            return dict(_SIMPLE[annotation])
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return _choice([member.value for member in annotation])
        if isinstance(annotation, type) and attrs.has(annotation):
            return {"$ref": f"#/components/schemas/{self._component(annotation, is_input)}"}
        return {}

    def _annotated(self, annotation: Any, is_input: bool) -> Schema:
        base, *extras = typing.get_args(annotation)
        schema = self._of(base, is_input)
        for extra in extras:
            if isinstance(extra, Rule) and is_input:
                schema |= extra.schema
                if extra.name == "since":
                    schema = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
            elif isinstance(extra, Meta):
                schema |= _constraints(extra, schema) if is_input else _description(extra)
        return schema

    def _union(self, annotation: Any, is_input: bool) -> Schema:
        members = [member for member in typing.get_args(annotation) if member is not msgspec.UnsetType]
        rest = [self._of(member, is_input) for member in members if member is not type(None)]
        if type(None) not in members:
            return rest[0] if len(rest) == 1 else {"anyOf": rest}
        if len(rest) == 1 and rest[0] == {}:
            return {}
        if len(rest) == 1 and isinstance(rest[0].get("type"), str):
            return _nullable(rest[0])
        described = {"description": text} if len(rest) == 1 and (text := rest[0].pop("description", None)) else {}
        return {"anyOf": [*rest, {"type": "null"}], **described}

    def _component(self, cls: type, is_input: bool) -> str:
        known = self._names.get((cls, is_input))
        if known is not None:
            return known
        name = self._free_name(cls, is_input)
        self._names[cls, is_input] = name
        self.components[name] = {}
        self.components[name].update(self._object(cls, is_input))
        return name

    def _free_name(self, cls: type, is_input: bool) -> str:
        name = re.sub(r"[^A-Za-z0-9]", "", cls.__name__)
        if is_input and not name.endswith(("Input", "Changes")):
            name += "Input"
        if name not in self.components:
            return name
        package = cls.__module__.split(".")[-2:][0]
        candidate = camel(f"_{package}") + name
        number = 2
        while candidate in self.components:
            candidate, number = f"{name}{number}", number + 1
        return candidate

    def _object(self, cls: type, is_input: bool) -> Schema:
        hints = typing.get_type_hints(cls, include_extras=True)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for field in attrs.fields(cls):
            hint = hints[field.name]
            schema = self._of(hint, is_input)
            if is_input:
                schema = with_default(schema, field)
            properties[camel(field.name)] = schema
            if field.default is attrs.NOTHING if is_input else msgspec.UnsetType not in typing.get_args(hint):
                required.append(camel(field.name))
        found: Schema = {"type": "object", "properties": properties}
        if text := described(cls.__doc__):
            found["description"] = text
        if required:
            found["required"] = required
        if is_input:
            found["additionalProperties"] = False
        return found


def described(doc: str | None) -> str:
    """Return the first paragraph of a docstring for readers of the API: without rule numbers and markup; "" for generated ones."""
    if not doc or doc.startswith("Method generated by attrs"):
        return ""
    paragraph = " ".join(doc.strip().split("\n\n")[0].split())
    return _RULE_IDS.sub("", paragraph).replace("``", "`")


def with_default(schema: Schema, field: "attrs.Attribute[Any]") -> Schema:
    """Return the schema with the field's default, where that is a plain value."""
    if isinstance(field.default, bool | int | str) and "$ref" not in schema:
        return {**schema, "default": field.default}
    return schema


def _choice(values: typing.Sequence[Any]) -> Schema:
    return {"type": "string" if all(isinstance(value, str) for value in values) else "integer", "enum": list(values)}


def _nullable(schema: Schema) -> Schema:
    found = {**schema, "type": [schema["type"], "null"]}
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def _constraints(meta: Meta, schema: Schema) -> Schema:
    size = "Items" if schema.get("type") == "array" else "Properties" if schema.get("type") == "object" else "Length"
    named = {
        f"min{size}": meta.min_length,
        f"max{size}": meta.max_length,
        "minimum": meta.ge,
        "exclusiveMinimum": meta.gt,
        "maximum": meta.le,
        "exclusiveMaximum": meta.lt,
        "pattern": meta.pattern.replace(r"\Z", "$") if meta.pattern else None,
    }
    return {**{key: value for key, value in named.items() if value is not None}, **_description(meta)}


def _description(meta: Meta) -> Schema:
    return {"description": meta.description} if meta.description else {}
