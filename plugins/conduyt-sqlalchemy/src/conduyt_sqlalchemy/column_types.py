"""Column types of the schema, one per kind of field; revisions name them, so that one script serves both databases.

SQLite tables are STRICT, therefore every type there is TEXT, INTEGER or REAL. Texts on PostgreSQL are compared by code point
(collation "C"), so that both databases and Python agree on every order.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

from conduyt_kit.kernel.entities import FieldSpec, Kind


class PerDatabase(TypeDecorator[Any]):
    """A type that is spelt differently by the databases."""

    cache_ok = True
    postgres: TypeEngine[Any]
    sqlite: TypeEngine[Any]

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return self.postgres if dialect.name == "postgresql" else self.sqlite

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Text(PerDatabase):
    """`Kind.TEXT`."""

    impl = sa.Text
    postgres = sa.Text(collation="C")
    sqlite = sa.Text()


class Whole(PerDatabase):
    """`Kind.INTEGER`, and `Kind.DECIMAL` as a whole number of units of the last place."""

    impl = sa.BigInteger
    postgres = sa.BigInteger()
    sqlite = sa.Integer()


class Real(PerDatabase):
    """`Kind.FLOAT`."""

    impl = sa.Double
    postgres = sa.Double()
    sqlite = sa.REAL()


class Flag(PerDatabase):
    """`Kind.BOOLEAN`: 0 and 1 on SQLite."""

    impl = sa.Boolean
    postgres = sa.Boolean()
    sqlite = sa.Integer()


class Day(PerDatabase):
    """`Kind.DATE`: ISO text on SQLite."""

    impl = sa.Date
    postgres = sa.Date()
    sqlite = sa.Text()


class Instant(PerDatabase):
    """`Kind.TIMESTAMP`: UTC text of fixed width with microseconds and ``Z`` on SQLite, so that its order is the order in time."""

    impl = sa.Text
    postgres = postgresql.TIMESTAMP(timezone=True)
    sqlite = sa.Text()


class Document(PerDatabase):
    """`Kind.JSON`: jsonb, or JSON text on SQLite."""

    impl = sa.Text
    postgres = postgresql.JSONB()
    sqlite = sa.Text()


_TYPES: dict[Kind, type[PerDatabase]] = {
    Kind.TEXT: Text,
    Kind.INTEGER: Whole,
    Kind.DECIMAL: Whole,
    Kind.FLOAT: Real,
    Kind.BOOLEAN: Flag,
    Kind.DATE: Day,
    Kind.TIMESTAMP: Instant,
    Kind.JSON: Document,
}


def column_type(field: FieldSpec) -> TypeEngine[Any]:
    """Return the column type of a field."""
    return _TYPES[field.kind]()
