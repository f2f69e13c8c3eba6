"""Texts of messages: one line for a header, plain text of HTML, the part of an answer that is new, a preview."""

import re
import unicodedata
from html.parser import HTMLParser

PREVIEW = 200

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = frozenset({"style", "script", "title", "head", "template"})
_QUOTE_BEGINS = re.compile(
    r"^(?:>"  # quoted lines
    r"|-{2,}\s*(?:original message|urspr\S+ \w+|message d'origine|forwarded message)"
    r"|(?:on|am|le|el|il|den)\b.{5,300}(?:wrote|schrieb|a écrit|escribió|ha scritto|skrev)\b.{0,80}:\s*$"
    r"|_{20,}\s*$)",
    re.IGNORECASE,
)
_LONGEST_SCANNED = 20_000


def one_line(text: str) -> str:
    """Return the text without what could end a header's line: control characters, line separators, halves of surrogate pairs."""
    return "".join(" " if unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") else mark for mark in text).strip()


def storable(text: str) -> str:
    """Return the text without NUL and halves of surrogate pairs, which no storage takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(" ".join(re.split(r"\s+", data)))


def text_of_html(html: str) -> str:
    """Return the text that a reader sees, a line for each block."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def new_part(text: str) -> str:
    """Return an answer without what it quotes and without its signature; the whole where nothing else would be left."""
    kept: list[str] = []
    for line in text[:_LONGEST_SCANNED].splitlines():
        if _QUOTE_BEGINS.match(line.strip()) or line in ("-- ", "--"):
            break
        kept.append(line)
    return "\n".join(kept).strip() or text.strip()


def preview(text: str) -> str:
    """Return how a text begins, in one line."""
    line = " ".join(text[:_LONGEST_SCANNED].split())
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "…"
