import datetime as dt
import re
from typing import Any

import pytest

from conduyt_kit.kernel.jobs import JOB, Job

from .entities import NOW


def job(number: int) -> Job:
    return Job(id=f"j{number}", kind="k", due_at=NOW - dt.timedelta(seconds=number), max_attempts=3, created_at=NOW)


def claim(storage: Any, limit: int = 4, per_workspace: int = 4) -> list[str]:
    claimed = storage.claim(now=NOW, lease_until=NOW + dt.timedelta(seconds=25), token="t", limit=limit, per_workspace=per_workspace)
    return [workspace for workspace, _ in claimed]


def fill(storage: Any, workspace: str, number: int) -> None:
    transaction = storage.begin(workspace, write=True)
    transaction.insert([(JOB, job(n)) for n in range(number)])
    transaction.commit()


def claim_plan(storage: Any, explain: str) -> list[str]:
    statements: list[str] = []
    storage._database.on_statement = statements.append
    claim(storage)
    (sql,) = [text for text in statements if text.startswith("WITH")]
    encoded = storage.schema[JOB].column("due_at").encoded
    session = storage.begin("any", write=True)._session
    if storage.dialect == "postgresql":
        session.execute("ANALYZE job")
    rows = session.rows(f"{explain} {sql}", (encoded(NOW), encoded(NOW), "t", 4, 4))
    session.end()
    return [str(row[-1]) for row in rows]


def test_a_claim_reads_jobs_by_the_claim_indexes_only(make_sqlite: Any) -> None:
    storage = make_sqlite([JOB])
    fill(storage, "big", 500)
    plan = claim_plan(storage, "EXPLAIN QUERY PLAN")

    used = {index for line in plan for index in re.findall(r"(?:SCAN|SEARCH) (?:j|q|job|t) (?:USING (?:COVERING )?INDEX (\S+))?", line)}
    assert used == {"ix_job_claim_queued", "ix_job_claim_running", "sqlite_autoindex_job_1"}
    storage.close()


@pytest.mark.service
def test_a_claim_reads_jobs_by_the_claim_indexes_only_on_postgres(make_postgres: Any) -> None:
    storage = make_postgres([JOB])
    fill(storage, "big", 3_000)
    plan = claim_plan(storage, "EXPLAIN")

    used = {index for line in plan for index in re.findall(r"Scan using (\S+) on job", line)}
    # The index of the jobs list begins like the one of queued jobs within a workspace and serves there as well.
    assert used - {"ix_job_state_due_at_id"} == {"ix_job_claim_queued", "ix_job_claim_running", "pk_job"}
    assert not any("Seq Scan on job" in line for line in plan)
    storage.close()


def test_a_new_workspace_is_not_starved_by_more_old_queues_than_places(make_storage: Any) -> None:
    storage = make_storage([JOB])
    for number in range(6):
        fill(storage, f"old{number}", 40)
    fill(storage, "young", 1)

    turns = 0
    while "young" not in claim(storage, limit=2, per_workspace=1):
        turns += 1
        assert turns < 110
    storage.close()
