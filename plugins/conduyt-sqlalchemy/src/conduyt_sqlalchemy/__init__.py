"""Storage for Conduyt Kit on SQLite and PostgreSQL."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conduyt_sqlalchemy.migrate import create_tables, pending, upgrade
    from conduyt_sqlalchemy.storage import SqlStorage

__all__ = ["SqlStorage", "create_tables", "pending", "upgrade"]


def __getattr__(name: str) -> Any:
    # The plugin's module is imported by every command; SQLAlchemy and Alembic only by those that use a database.
    if name == "SqlStorage":
        from conduyt_sqlalchemy.storage import SqlStorage

        return SqlStorage
    if name in __all__:
        from conduyt_sqlalchemy import migrate

        return getattr(migrate, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
