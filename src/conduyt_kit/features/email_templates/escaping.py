"""Values go into HTML escaped for the place where they stand, so that no value can add an element or an attribute (T22).

In text and between quotes the five special characters are escaped; in the value of an attribute without quotes everything but letters,
digits and a few signs is. In an address the value is percent-encoded, or, where the address begins with it, must have a harmless
scheme. Everywhere else (scripts, styles, comments, names, event handlers) nothing is put in.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote

from conduyt_kit.features.email_templates.markup import Kind, Part, parts
from conduyt_kit.features.email_templates.merge_fields import MASK, Masked, masked

LONGEST_VALUE = 2000

_ADDRESSES = frozenset(
    {
        *("href", "src", "action", "formaction", "background", "poster", "cite", "data", "ping", "longdesc", "usemap", "manifest"),
        *("lowsrc", "dynsrc", "srcset", "xlink:href", "codebase", "archive", "classid", "profile"),
    }
)
_CLOSED = frozenset({"style", "srcdoc", "content", "http-equiv"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
_UNSAFE_UNQUOTED = re.compile(r"[^A-Za-z0-9\-._~@%&#;:/]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def filled_html(body_html: str, values: Mapping[str, str]) -> str:
    """Return HTML with every merge field replaced by its value, escaped for where it stands."""
    document = masked(body_html)
    if not document.fields:
        return document.source
    replacements = _replacements(document, values)
    return "".join(next(replacements) if char == MASK else char for char in document.source)


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """Return plain text with every merge field replaced by its value."""
    document = masked(text)
    fields = iter(document.fields)
    return "".join(_clean(next(fields).value(values)) if char == MASK else char for char in document.source)


def filled_line(text: str, values: Mapping[str, str]) -> str:
    """Return one line, for a subject: line breaks and repeated spaces become one space."""
    return " ".join(filled_text(text, values).split())


def _replacements(document: Masked, values: Mapping[str, str]) -> Iterator[str]:
    found = [""] * len(document.fields)
    for part in parts(document.source):
        if part.kind is Kind.TAG:
            continue
        for number in document.within(part.start, part.end):
            value = _clean(document.fields[number].value(values))
            shown = _escaped(value, part, document.source[part.start : document.positions[number]])
            needs_more = part.kind is Kind.VALUE and not _is_quoted(document, part)
            found[number] = _UNSAFE_UNQUOTED.sub(_reference, shown) if needs_more else shown
        if part.kind is Kind.VALUE and _is_empty(document, part, found):
            # Without quotes, the next attribute would become the value.
            found[document.within(part.start, part.end)[0]] = '""'
    return iter(found)


def _is_empty(document: Masked, part: Part, found: list[str]) -> bool:
    numbers = document.within(part.start, part.end)
    nothing_else = len(numbers) == part.end - part.start > 0
    return nothing_else and not _is_quoted(document, part) and not any(found[number] for number in numbers)


def _is_quoted(document: Masked, part: Part) -> bool:
    return document.source[part.start - 1] in ("'", '"')


def _reference(found: "re.Match[str]") -> str:
    return f"&#{ord(found[0])};"


def _escaped(value: str, part: Part, before: str) -> str:
    if part.kind is not Kind.VALUE:
        return escape(value)
    if part.attribute.startswith("on") or part.attribute in _CLOSED or MASK in part.attribute:
        return ""
    if part.attribute in _ADDRESSES:
        return _address(value, before)
    return escape(value)


def _address(value: str, before: str) -> str:
    if before.strip():
        # What follows the scheme of a script is script, whatever its encoding.
        return quote(value, safe="") if _harmless(before.replace(MASK, "")) else ""
    return escape(value.strip()) if _harmless(value) else ""


def _harmless(address: str) -> bool:
    # Browsers skip spaces and control characters before and inside of a scheme.
    scheme = _SCHEME.match(re.sub(r"[\x00-\x20]", "", address))
    return scheme is None or scheme[1].lower() in _SAFE_SCHEMES


def _clean(value: str) -> str:
    return _CONTROLS.sub("", value[:LONGEST_VALUE])
