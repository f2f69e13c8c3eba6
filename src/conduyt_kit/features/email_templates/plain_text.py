"""The plain text of an HTML e-mail (R133)."""

import html

from conduyt_kit.features.email_templates.markup import Kind, parts
from conduyt_kit.features.email_templates.merge_fields import MASK, masked

_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark"),
        *("q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"),
    }
)


def plain_text(body_html: str) -> str:
    """Return the text of an e-mail: tags removed, blocks joined by one space, merge fields kept."""
    document = masked(body_html)
    pieces: list[str] = []
    kept: list[str] = []
    for part in parts(document.source):
        if part.kind is Kind.TEXT:
            pieces.append(html.unescape(document.source[part.start : part.end]))
            kept += [document.fields[number].source for number in document.within(part.start, part.end)]
        elif part.kind is Kind.TAG and part.tag not in _INLINE:
            pieces.append(" ")
    text = " ".join("".join(pieces).split())
    fields = iter(kept)
    return "".join(next(fields) if char == MASK else char for char in text) if kept else text
