"""Making and extending tables from entities, for owners without revisions: what is missing is added, nothing is ever dropped."""

import warnings
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops

from conduyt_kit.kernel.errors import StorageUnavailable


def extend(connection: sa.Connection, metadata: sa.MetaData, tables: Iterable[str]) -> None:
    """Add the missing ones of these tables of `metadata`, and their missing columns, unique rules and references.

    Raises:
        StorageUnavailable: a new column needs a value in rows that exist, and there is none.
    """
    wanted = set(tables)
    context = MigrationContext.configure(connection, opts={"include_object": _only(wanted), "compare_type": False})
    with warnings.catch_warnings():
        # Tables that refer to each other have no order; the references among them are added at the end.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        script = produce_migrations(context, metadata)
    operations = Operations(context)
    for operation in _flattened(script.upgrade_ops.ops if script.upgrade_ops is not None else ()):
        _apply(connection, operations, operation)
    if connection.dialect.name == "postgresql":
        _late_foreign_keys(connection, [metadata.tables[name] for name in wanted if name in metadata.tables])


def _only(wanted: set[str]) -> Callable[[object, str | None, str, bool, object], bool]:
    def include(_item: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
        return name in wanted if kind == "table" else not reflected

    return include


def _flattened(found: Iterable[ops.MigrateOperation]) -> Iterable[ops.MigrateOperation]:
    for operation in found:
        if isinstance(operation, ops.ModifyTableOps):
            yield from _flattened(operation.ops)
        else:
            yield operation


def _apply(connection: sa.Connection, operations: Operations, operation: ops.MigrateOperation) -> None:
    if isinstance(operation, ops.AddColumnOp):
        _refuse_column_without_value(connection, operation)
        operations.invoke(operation)
    elif isinstance(operation, ops.CreateTableOp | ops.CreateIndexOp) or (
        isinstance(operation, ops.CreateForeignKeyOp) and connection.dialect.name == "postgresql"
    ):
        # SQLite cannot add a reference to a table that exists; the kernel checks references by itself.
        operations.invoke(operation)


def _refuse_column_without_value(connection: sa.Connection, operation: ops.AddColumnOp) -> None:
    column = operation.column
    if column.nullable or column.server_default is not None:
        return
    table = sa.table(operation.table_name)
    if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None or connection.dialect.name == "sqlite":
        raise StorageUnavailable(
            f"The new field {operation.table_name}.{column.name} needs a value in rows that exist: "
            "give it a default, let it be null, or ship a revision"
        )


def _late_foreign_keys(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    inspector = sa.inspect(connection)
    present = set(inspector.get_table_names())
    for table in tables:
        existing = {found["name"] for found in inspector.get_foreign_keys(table.name)}
        for constraint in table.foreign_key_constraints:
            if constraint.use_alter and constraint.name not in existing and constraint.referred_table.name in present:
                connection.execute(sa.schema.AddConstraint(constraint))
