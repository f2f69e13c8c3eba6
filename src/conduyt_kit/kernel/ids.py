"""Ids: opaque strings in the documented forms, time-ordered where generated (rules, part d).

Ids of input are checked for existence, never for form (A2).
"""

import re
import secrets
import unicodedata
from collections.abc import Callable

from uuid_utils.compat import uuid7

NewId = Callable[[], str]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid() -> str:
    """Return a bare time-ordered UUID (version 7), the form of contact ids."""
    return str(uuid7())


def prefixed_uuid(prefix: str) -> NewId:
    """Return a maker of ids like ``inv_01932f6e-…``."""
    return lambda: f"{prefix}{uuid7()}"


def sortable(prefix: str) -> NewId:
    """Return a maker of ids like ``comp_01JDX3…``: a prefix and 26 characters of Crockford base 32, time-ordered."""

    def make() -> str:
        number = uuid7().int
        return prefix + "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))

    return make


def random_hex(prefix: str, digits: int = 16) -> NewId:
    """Return a maker of ids like ``usr_8f14e45fceea167a``."""
    return lambda: prefix + secrets.token_hex(digits // 2)


def slug(text: str, *, fallback: str = "item") -> str:
    """Return the text as lower-case ASCII words joined by underscores (A39), at most 60 characters."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")[:60].strip("_") or fallback


def fold(text: str) -> str:
    """Return the text as compared case-insensitively everywhere: NFKC, case-folded, outer and repeated spaces removed.

    Done in Python because databases disagree on case (SQLite knows ASCII only).
    """
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
