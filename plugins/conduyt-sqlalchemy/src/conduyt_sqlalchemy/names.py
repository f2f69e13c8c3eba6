"""Names in the database: tables and columns are called like the entities and fields, everything else is derived from them."""

import hashlib
import re
from collections.abc import Sequence

from conduyt_kit.kernel.entities import EntitySpec, Unique
from conduyt_kit.kernel.errors import SpecError

WORKSPACE = "workspace_id"
SEARCH_TEXT = "search_text"
SEARCH_ID = "search_id"

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LONGEST = 63  # PostgreSQL cuts longer names silently


def quoted(name: str) -> str:
    """Return the name quoted for SQL.

    Raises:
        SpecError: it is not a lower-case identifier of at most 63 characters.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise SpecError(f"{name!r} cannot name a table or column; use at most 63 lower-case letters, digits and underscores")
    return f'"{name}"'


def limited(name: str) -> str:
    """Return the name, or its beginning and a digest of the whole where it is too long for PostgreSQL."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}_{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def primary_key(table: str) -> str:
    return limited(f"pk_{table}")


def foreign_key(table: str, field: str) -> str:
    return limited(f"fk_{table}_{field}")


def unique(spec: EntitySpec[object], rule: Unique) -> str:
    """Return the name of the unique index of a rule; narrowed rules are told apart by what narrows them."""
    narrowed = "".join(f"_{name}_{value}" for name, value in rule.only.items())
    plain = re.sub(r"[^a-z0-9_]", "_", narrowed.lower())
    return limited(f"uq_{spec.name}_{'_'.join(rule.fields)}{plain and '_where' + plain}")


def index(table: str, fields: Sequence[str]) -> str:
    """Return the name of an index; a field with a leading ``-`` is descending."""
    return limited(f"ix_{table}_" + "_".join(field[1:] + "_desc" if field.startswith("-") else field for field in fields))


def full_text(table: str) -> str:
    """Return the name of the FTS5 table that SQLite searches."""
    return limited(f"{table}_fts")
