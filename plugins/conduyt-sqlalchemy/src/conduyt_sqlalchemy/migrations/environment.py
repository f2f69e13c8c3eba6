"""What an owner's ``env.py`` calls: it runs the revisions in the transaction that `migrate.upgrade` opened."""

from typing import Any, Literal

from alembic import context

from conduyt_sqlalchemy.column_types import PerDatabase


def run() -> None:
    """Run the revisions, or compare for a new one; everything comes from the attributes that `revisions.config` set."""
    attributes = context.config.attributes
    connection = attributes["connection"]
    context.configure(
        connection=connection,
        version_table=attributes["version_table"],
        target_metadata=attributes.get("metadata"),
        include_object=attributes.get("include_object"),
        transactional_ddl=True,
        render_as_batch=True,
        render_item=_render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write column types by their names here, so that one script serves both databases."""
    if kind != "type" or not isinstance(item, PerDatabase):
        return False
    autogen_context.imports.add("from conduyt_sqlalchemy import column_types")
    return f"column_types.{item!r}"
