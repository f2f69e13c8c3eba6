"""Counting anew what `counts` keeps: for entities that were not counted before, and after changes made around the storage."""

from collections.abc import Iterable

import sqlalchemy as sa

from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import EntityMap
from conduyt_sqlalchemy.tables import RECORD_COUNT


def count_new(connection: sa.Connection, entities: Iterable[EntityMap]) -> None:
    """Count those entities of which no numbers are kept yet."""
    known = {row[0] for row in connection.exec_driver_sql(f"SELECT DISTINCT entity FROM {RECORD_COUNT}")}
    for entity in entities:
        if entity.spec.counted and entity.spec.name not in known:
            recount(connection, entity)


def recount(connection: sa.Connection, entity: EntityMap) -> None:
    """Replace the kept numbers of an entity by what is there; writers of the entity wait until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {entity.table} IN SHARE ROW EXCLUSIVE MODE")
    values = {"entity": entity.spec.name}
    connection.execute(sa.text(f"DELETE FROM {RECORD_COUNT} WHERE entity = :entity"), values)
    connection.execute(
        sa.text(
            f"INSERT INTO {RECORD_COUNT} ({names.WORKSPACE}, entity, slot, n) "
            f"SELECT {names.WORKSPACE}, CAST(:entity AS TEXT), 0, count(*) FROM {entity.table} GROUP BY {names.WORKSPACE}"
        ),
        values,
    )
