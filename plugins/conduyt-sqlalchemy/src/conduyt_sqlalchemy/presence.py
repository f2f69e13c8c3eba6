"""What a database lacks of the schema that the prepared entities need."""

from sqlalchemy.engine.reflection import Inspector

from conduyt_sqlalchemy import derived
from conduyt_sqlalchemy.schema import Schema
from conduyt_sqlalchemy.tables import storage_metadata


def missing(inspector: Inspector, schema: Schema) -> list[str]:
    """Return what is missing, each named in a few words, such as ``table contact``; empty when the schema is complete."""
    found = []
    columns = {name: {column["name"] for column in listed} for (_, name), listed in inspector.get_multi_columns().items()}
    indexes = {index["name"] for listed in inspector.get_multi_indexes().values() for index in listed}
    for metadata in (storage_metadata(), schema.metadata):
        for table in metadata.tables.values():
            if table.name not in columns:
                found.append(f"table {table.name}")
                continue
            found += [f"column {table.name}.{column.name}" for column in table.columns if column.name not in columns[table.name]]
            found += [f"index {index.name}" for index in table.indexes if index.name not in indexes]
    dialect = inspector.dialect.name
    present = set(columns)
    found += [f"index {name}" for name in derived.index_statements(schema, dialect, present) if name not in indexes]
    if dialect == "sqlite":
        found += [f"search table {name}" for name in derived.full_text_tables(schema) if name not in present]
    return found
