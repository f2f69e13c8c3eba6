"""References to tables that are made later in the same revision; for use in scripts."""

from collections.abc import Sequence

from alembic import op

from conduyt_sqlalchemy import names


def add(references: Sequence[tuple[str, str, str]]) -> None:
    """Add foreign keys, each given as table, field and the table referred to.

    SQLite has made them with the tables: it lets a table refer to one that does not exist yet, and cannot add a reference later.
    """
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, field, target in references:
        op.create_foreign_key(names.foreign_key(table, field), table, target, [names.WORKSPACE, field], [names.WORKSPACE, "id"])
