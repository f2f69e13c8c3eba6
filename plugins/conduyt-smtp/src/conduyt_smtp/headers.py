"""Writes header fields, so that no value can become a second field or an encoded word it was not.

The standard library's `EmailMessage` reads a value it is given: ``=?utf-8?q?=0A?=`` in a subject becomes a line break there, which
Python before 3.11.10 and 3.12.5 wrote out as one (CVE-2024-6923). Here text stays text: what could be taken for an encoded word is
itself encoded.
"""

import re
import unicodedata
from email.header import Header

from conduyt_kit.kernel.errors import Rejected

_NAME = re.compile(r"[!-9;-~]{1,76}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def checked(name: str, value: str) -> str:
    """Return a header's value if it is safe to write.

    Raises:
        Rejected: the name is no header name, or the value holds a control character, a line separator or half of a surrogate pair.
    """
    if not _NAME.fullmatch(name):
        raise Rejected(f"{name[:80]!r} is no name of a header", "smtp")
    for mark in value:
        if unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") and mark != "\t":
            raise Rejected(f"The header {name} holds the character U+{ord(mark):04X}, which a header cannot carry", "smtp")
    return value.replace("\t", " ").strip()


def encoded(name: str, value: str) -> str:
    """Return a text as the value of a header: as it is where that is safe, else as encoded words (RFC 2047), folded."""
    plain = value.isascii() and "=?" not in value
    return Header(value, "us-ascii" if plain else "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")


def quoted(field: str, name: str) -> str:
    """Return a display name as a phrase of an address header."""
    name = checked(field, name)
    if not name.isascii() or "=?" in name:
        return encoded(field, name)
    if _ATOMS.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
