"""The rule that no two records claim the same time, as an exclusion constraint; PostgreSQL only, where the extension is there."""

import sqlalchemy as sa

from conduyt_kit.kernel.entities import NoOverlap
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import EntityMap
from conduyt_sqlalchemy.tables import only_clause

EXTENSION = "btree_gist"


def add_constraints(connection: sa.Connection, entities: list[EntityMap]) -> list[str]:
    """Add the missing constraints and return sentences about those that could not be added."""
    known = {row[0] for row in connection.exec_driver_sql("SELECT conname FROM pg_constraint WHERE contype = 'x'")}
    found = []
    for entity in entities:
        rule = entity.spec.no_overlap
        name = names.limited(f"ex_{entity.spec.name}_no_overlap")
        if rule is None or name in known:
            continue
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")
                connection.exec_driver_sql(_sql(entity, rule, name))
        except sa.exc.DBAPIError as error:
            # Features check under a lock anyway; this is the second line behind them.
            found.append(f"The database does not refuse overlapping {entity.spec.plural} by itself ({str(error.orig).splitlines()[0]})")
    return found


def _sql(entity: EntityMap, rule: NoOverlap, name: str) -> str:
    start, end = entity.column(rule.start).sql, entity.column(rule.end).sql
    equal = [f"{column} WITH =" for column in (names.WORKSPACE, *(entity.column(field).sql for field in rule.within))]
    # True of no row with a null, and of none whose span is empty or backwards.
    condition = " AND ".join(filter(None, [f"{start} < {end}", only_clause(rule)]))
    excluded = ", ".join([*equal, f"tstzrange({start}, {end}) WITH &&"])
    return f"ALTER TABLE {entity.table} ADD CONSTRAINT {names.quoted(name)} EXCLUDE USING gist ({excluded}) WHERE ({condition})"
