"""The hook that this plugin publishes to others."""

from collections.abc import Iterable
from pathlib import Path

import attrs

from conduyt_kit.extension.plugin import hookspec


@attrs.frozen(kw_only=True)
class SqlMigrations:
    """The Alembic revisions of a plugin's own tables.

    `directory` holds ``env.py``, ``script.py.mako`` and ``versions/``; ``python -m conduyt_sqlalchemy.revise`` makes them.
    """

    directory: Path


class SqlHooks:
    """Hooks beside those of `KitPlugin`."""

    @hookspec
    def conduyt_sql_migrations(self) -> Iterable[SqlMigrations]:
        """Return where the plugin's revisions are; at most one. A plugin without any gets its tables made from its entities."""
        return ()
