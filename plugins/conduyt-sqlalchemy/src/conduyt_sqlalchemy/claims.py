"""Claiming due jobs, fair over workspaces, in one statement.

The workspaces with queued jobs are found by stepping from one to the next in an index (a "loose index scan"), and in each only the
first few due jobs are looked at. So the cost depends on the number of workspaces that wait, never on the length of their queues.
When more workspaces wait than jobs are wanted, chance picks among them: any fixed order would let old queues starve new ones.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from conduyt_kit.kernel.jobs import JOB
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import EntityMap, Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.shapes import Shapes

QUEUED_INDEX = "ix_job_claim_queued"
RUNNING_INDEX = "ix_job_claim_running"

CLAIM_INDEXES = {
    QUEUED_INDEX: f"CREATE INDEX {QUEUED_INDEX} ON \"job\" (workspace_id, due_at, id) WHERE state = 'queued'",
    RUNNING_INDEX: f"CREATE INDEX {RUNNING_INDEX} ON \"job\" (lease_until) WHERE state = 'running'",
}


def _queued_of(session: Session, alias: str) -> str:
    """Return the jobs table read by the index of queued jobs; SQLite has no statistics that would tell it to."""
    hint = f" INDEXED BY {QUEUED_INDEX}" if session.dialect.name == "sqlite" else ""
    return f'"job" AS {alias}{hint}'


def _waiting(session: Session) -> str:
    # Ordered like the whole index, which no other index serves.
    first = f"SELECT j.{names.WORKSPACE} FROM {_queued_of(session, 'j')} WHERE j.state = 'queued'"
    order = f"ORDER BY j.{names.WORKSPACE}, j.due_at, j.id LIMIT 1"
    return f"""
    waiting({names.WORKSPACE}) AS (
        SELECT ({first} {order})
        UNION ALL
        SELECT ({first} AND j.{names.WORKSPACE} > waiting.{names.WORKSPACE} {order})
        FROM waiting WHERE waiting.{names.WORKSPACE} IS NOT NULL
    )"""


def _first_due(session: Session) -> str:
    return (
        f"(SELECT j.due_at FROM {_queued_of(session, 'j')} WHERE j.state = 'queued' AND j.{names.WORKSPACE} = waiting.{names.WORKSPACE} "
        "ORDER BY j.due_at, j.id LIMIT 1)"
    )


def claim(
    session: Session,
    schema: Schema,
    shapes: Shapes,
    *,
    now: dt.datetime,
    lease_until: dt.datetime,
    token: str,
    limit: int,
    per_workspace: int,
    jobs: Sequence[tuple[str, str]],
) -> list[tuple[str, Any]]:
    """Claim and return due jobs; see `conduyt_kit.kernel.transactions.Storage.claim`."""
    entity = schema[JOB]
    instant = entity.column("due_at").encoded
    params: list[Any] = [instant(now), instant(lease_until), token, limit, per_workspace]
    if jobs:
        params += session.dialect.key_params(jobs, 2)
    sql = shapes.get(("claim", bool(jobs)), lambda: _claim_sql(session, entity, narrowed=bool(jobs)))
    rows = session.rows(sql, params)
    claimed = [(row[-1], entity.record(row)) for row in rows]
    return sorted(claimed, key=lambda item: item[1].due_at)


def oldest_due(session: Session, schema: Schema, now: dt.datetime) -> dt.datetime | None:
    """Return when the longest due queued job became due, if any is due."""
    column = schema[JOB].column("due_at")
    sql = f"WITH RECURSIVE {_waiting(session)} SELECT min({_first_due(session)}) FROM waiting WHERE waiting.{names.WORKSPACE} IS NOT NULL"
    first = column.decoded(session.rows(sql)[0][0])
    return first if first is not None and first <= now else None


def count_jobs(session: Session) -> dict[str, int]:
    """Return the number of jobs by state."""
    return {state: int(number) for state, number in session.rows('SELECT state, count(*) FROM "job" GROUP BY state')}


def _claim_sql(session: Session, entity: EntityMap, *, narrowed: bool) -> str:
    mark = session.dialect.mark
    if narrowed:
        marks = [mark(6), mark(7)] if session.dialect.name == "postgresql" else [mark(6)]
        candidates = _named(session, marks)
    else:
        candidates = _queued_lateral(session) if session.dialect.lateral else _queued(session)
    key = f"{names.WORKSPACE}, id"
    return f"""WITH RECURSIVE {candidates},
    ranked AS (
        SELECT {key}, due_at, row_number() OVER (PARTITION BY {names.WORKSPACE} ORDER BY due_at, id) AS place FROM due
    ),
    picked AS (SELECT {key} FROM ranked WHERE place <= {mark(5)} ORDER BY place, due_at LIMIT {mark(4)})
    UPDATE "job" AS t SET state = 'running', attempt = t.attempt + 1, lease_until = {mark(2)}, lease_token = {mark(3)}
    FROM picked AS p WHERE t.{names.WORKSPACE} = p.{names.WORKSPACE} AND t.id = p.id
    RETURNING {_returned(session, entity)}"""


def _returned(session: Session, entity: EntityMap) -> str:
    # SQLite's RETURNING does not know the table's alias.
    alias = "" if session.dialect.name == "sqlite" else "t."
    return ", ".join([*(f"{alias}{column.sql}" for column in entity.columns), f"{alias}{names.WORKSPACE}"])


def _expired(session: Session) -> str:
    mark = session.dialect.mark
    return f"""
    expired AS (
        SELECT {names.WORKSPACE}, id, due_at FROM "job" WHERE state = 'running' AND lease_until < {mark(1)}
        ORDER BY lease_until LIMIT {mark(4)} * {mark(5)}{session.dialect.skip_locked}
    )"""


def _chosen(session: Session) -> str:
    mark = session.dialect.mark
    return f"""{_waiting(session)},
    chosen AS (
        SELECT {names.WORKSPACE} FROM waiting WHERE {names.WORKSPACE} IS NOT NULL AND {_first_due(session)} <= {mark(1)}
        ORDER BY random() LIMIT {mark(4)}
    ),"""


def _queued_lateral(session: Session) -> str:
    mark = session.dialect.mark
    return f"""{_chosen(session)}
    queued AS (
        SELECT j.* FROM chosen CROSS JOIN LATERAL (
            SELECT {names.WORKSPACE}, id, due_at FROM "job"
            WHERE state = 'queued' AND {names.WORKSPACE} = chosen.{names.WORKSPACE} AND due_at <= {mark(1)}
            ORDER BY due_at, id LIMIT {mark(5)}{session.dialect.skip_locked}
        ) AS j
    ),{_expired(session)},
    due AS (SELECT * FROM queued UNION ALL SELECT * FROM expired)"""


def _queued(session: Session) -> str:
    """SQLite knows no LATERAL, but table-valued functions may use what stands before them."""
    mark = session.dialect.mark
    return f"""{_chosen(session)}
    queued AS (
        SELECT j.{names.WORKSPACE}, j.id, j.due_at FROM chosen CROSS JOIN json_each((
            SELECT json_group_array(id) FROM (
                SELECT q.id FROM {_queued_of(session, "q")}
                WHERE q.state = 'queued' AND q.{names.WORKSPACE} = chosen.{names.WORKSPACE} AND q.due_at <= {mark(1)}
                ORDER BY q.due_at, q.id LIMIT {mark(5)}
            )
        )) AS first CROSS JOIN "job" AS j ON j.{names.WORKSPACE} = chosen.{names.WORKSPACE} AND j.id = first.value
    ),{_expired(session)},
    due AS (SELECT * FROM queued UNION ALL SELECT * FROM expired)"""


def _named(session: Session, marks: Sequence[str]) -> str:
    mark = session.dialect.mark
    wanted = session.dialect.keys_in([names.WORKSPACE, "id"], marks)
    return f"""
    due AS (
        SELECT {names.WORKSPACE}, id, due_at FROM "job"
        WHERE {wanted} AND ((state = 'queued' AND due_at <= {mark(1)}) OR (state = 'running' AND lease_until < {mark(1)}))
        {session.dialect.skip_locked}
    )"""
