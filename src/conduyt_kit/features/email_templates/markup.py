"""Reads HTML just well enough to say what each part of it is: text, a tag, the value of an attribute.

It follows the tokenization of the HTML standard where that decides what a browser takes for markup, and in doubt takes a part for
neither text nor value. Every part is looked at once, so the time is in proportion to the length.
"""

import enum
import re
from collections.abc import Generator, Iterator

import attrs


class Kind(enum.Enum):
    """What a part of a document is."""

    TEXT = "text"
    TITLE = "title"
    """Text that is not part of the page."""
    TAG = "tag"
    VALUE = "value"


@attrs.frozen
class Part:
    """The span of one part; parts that are nobody's business (comments, scripts, names of attributes) are not told of."""

    kind: Kind
    start: int
    end: int
    tag: str
    attribute: str = ""


_OPENING = re.compile(r"<!--\[if [^\]]{0,200}\]>|<!--|</?[a-zA-Z][^\s/>]*|<[!?/\x00][^>]*>?")
_BETWEEN = re.compile(r"[\s/]*")
_NAME = re.compile(r"[^\s/>=]+|=[^\s/>=]*")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext", "template"})
_TITLES = frozenset({"title", "textarea"})


def parts(html: str) -> Iterator[Part]:
    """Yield the parts of a document in order."""
    at = 0
    while at < len(html):
        found = _OPENING.search(html, at)
        start = found.start() if found else len(html)
        if start > at:
            yield Part(Kind.TEXT, at, start, "")
        if found is None:
            return
        opening = found[0]
        if opening == "<!--":
            at = _after(html, "-->", found.end())
        elif opening.startswith(("<!", "<?", "</\x00", "<\x00")) or not opening.strip("</")[:1].isalpha():
            at = found.end()
        else:
            at = yield from _tag(html, found)


def _tag(html: str, found: "re.Match[str]") -> Generator[Part, None, int]:
    tag = found[0].strip("</").lower()
    yield Part(Kind.TAG, found.start(), found.end(), tag)
    at = yield from _attributes(html, tag, found.end())
    if found[0].startswith("</") or (tag not in _RAW and tag not in _TITLES):
        return at
    closing = re.compile(rf"</{tag}(?![^\s/>])", re.IGNORECASE).search(html, at)
    end = closing.start() if closing else len(html)
    if tag in _TITLES:
        yield Part(Kind.TITLE, at, end, tag)
    return end


def _attributes(html: str, tag: str, at: int) -> Generator[Part, None, int]:
    while True:
        between = _BETWEEN.match(html, at)
        at = between.end() if between else at
        if at >= len(html) or html[at] == ">":
            return at + 1
        name = _NAME.match(html, at)
        if name is None:
            return at + 1
        equals = _EQUALS.match(html, name.end())
        at = name.end()
        if equals:
            start, end, at = _value(html, equals.end())
            yield Part(Kind.VALUE, start, end, tag, name[0].lower())


def _value(html: str, at: int) -> tuple[int, int, int]:
    """Return start and end of an attribute's value, and where reading goes on."""
    quote = html[at : at + 1]
    if quote in ('"', "'") and quote:
        end = html.find(quote, at + 1)
        return (at + 1, end, end + 1) if end >= 0 else (at + 1, len(html), len(html))
    found = _UNQUOTED.match(html, at)
    end = found.end() if found else at
    return at, end, end


def _after(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)
