"""Merge fields: the whole language of templates.

``{{ contact.firstName }}`` stands for a value, ``{{ contact.firstName | default: "there" }}`` for that or else the text. There is
nothing else: no attributes of objects, no calls, no conditions, no loops. What merely looks similar is ordinary text. Reading a text
takes time in proportion to its length, whatever it holds.
"""

import bisect
import re
from collections.abc import Callable, Mapping

import attrs

MASK = "\x00"
"""Stands for a merge field while markup is read; no stored text can contain it."""

MOST_FIELDS = 500

_FIELD = re.compile(r"""\{\{\s*([A-Za-z_]\w*(?:\.[\w-]+)*)\s*(?:\|\s*default\s*:\s*(?:"([^"{}]*)"|'([^'{}]*)')\s*)?\}\}""", re.ASCII)


@attrs.frozen(kw_only=True)
class MergeField:
    """One merge field as it stands in a text."""

    path: str
    default: str
    source: str

    def value(self, values: Mapping[str, str]) -> str:
        """Return what it stands for; a missing or empty value is the default (R131)."""
        return values.get(self.path) or self.default


def merge_fields(text: str) -> tuple[MergeField, ...]:
    """Return the merge fields of a text, in order."""
    return tuple(_field(match) for match in _FIELD.finditer(text))


def paths(*texts: str) -> list[str]:
    """Return the distinct paths of merge fields, in order of appearance (R132)."""
    return list(dict.fromkeys(field.path for text in texts for field in merge_fields(text)))


@attrs.frozen(kw_only=True)
class Masked:
    """A text with one `MASK` in the place of each merge field: `positions` says where each of the `fields` is."""

    source: str
    fields: tuple[MergeField, ...]
    positions: tuple[int, ...]

    def within(self, start: int, end: int) -> range:
        """Return the numbers of the fields in a part of the text."""
        return range(bisect.bisect_left(self.positions, start), bisect.bisect_left(self.positions, end))


def masked(text: str) -> Masked:
    """Return the text with its merge fields masked."""
    text = text.replace(MASK, "")
    source = _FIELD.sub(MASK, text)
    return Masked(source=source, fields=merge_fields(text), positions=tuple(found.start() for found in re.finditer(MASK, source)))


def filled(text: str, replacement: Callable[[MergeField], str]) -> str:
    """Return the text with every merge field replaced."""
    return _FIELD.sub(lambda match: replacement(_field(match)), text)


def strays(text: str) -> int:
    """Return how many opening braces of a text do not begin a merge field, so that they will be seen by the recipient."""
    return _FIELD.sub("", text).count("{{")


def _field(match: "re.Match[str]") -> MergeField:
    return MergeField(path=match[1], default=match[2] or match[3] or "", source=match[0])
