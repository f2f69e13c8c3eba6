"""The reference application's data on psycopg: one connection per thread, prepared statements, a change as one statement."""

import datetime as dt
import re
import threading
from typing import Any

import msgspec
import psycopg
from psycopg.types.string import TextLoader

from benchmarks.targets import statements as sql
from benchmarks.targets.records import PAGE, ContactPatch, NewContact, created, new_contact_id, new_id, now, search_text, shown
from benchmarks.targets.statements import numbered

Identity = tuple[str, str, str]

_SLOT = "pg_backend_pid() % 64"


def _at_once(*parts: tuple[str, int]) -> str:
    """Return statements as one; the parameters of each are numbered on from a given one."""
    shifted = [_shifted(part, by) for part, by in parts]
    return "WITH " + ", ".join(f"part{at} AS ({part})" for at, part in enumerate(shifted)) + " SELECT 1"


def _shifted(statement: str, by: int) -> str:
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + by}", statement)


class PostgresData:
    """Contacts as the API shows them. ``identity`` is (workspace, user's id, user's name)."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()
        tags = sql.TAGS_POSTGRES
        self._identity = numbered(sql.IDENTITY, "$")
        self._get, self._list, self._deep = (numbered(text, "$", tags=tags) for text in (sql.GET, sql.LIST, sql.DEEP))
        self._after, self._search = (numbered(text, "$", tags=tags) for text in (sql.AFTER, sql.SEARCH_POSTGRES))
        self._count = numbered(sql.COUNT_POSTGRES, "$")
        self._locked = self._get + " FOR NO KEY UPDATE OF t"
        note = ((_typed(numbered(sql.ACTIVITY, "$"), 5), 0), (numbered(sql.SUBJECT, "$"), 9), (_typed(numbered(sql.EVENT, "$"), 4), 12))
        one = numbered(sql.NUMBERS, "$", slot=_SLOT, more="")
        two = numbered(sql.NUMBERS, "$", slot=_SLOT, more=f", ({{1}}, 'contact', {_SLOT}, 1)")
        self._changed = _at_once(*note, (one, 0))
        self._created = _at_once(*note, (_typed(numbered(sql.CONTACT, "$"), 9), 20), (two, 0))
        self._update = numbered(sql.UPDATE, "$")

    def identity(self, digest: str) -> Identity | None:
        found: Identity | None = self._run(self._identity, (digest,)).fetchone()
        return found

    def get(self, workspace: str, id_: str) -> dict[str, Any] | None:
        return self._one(self._get, workspace, id_)

    def page(self, workspace: str, number: int) -> tuple[list[dict[str, Any]], int]:
        if number == 1:
            rows = self._run(self._list, (workspace, PAGE)).fetchall()
        else:
            rows = self._run(self._deep, (workspace, PAGE, PAGE * (number - 1))).fetchall()
        return [shown(row, row[10]) for row in rows], int(rows[0][11]) if rows else 0

    def after(self, workspace: str, at: str, id_: str) -> tuple[list[dict[str, Any]], str]:
        rows = self._run(self._after, (workspace, PAGE, at or "infinity", id_)).fetchall()
        return [shown(row, row[10]) for row in rows], f"{rows[-1][8].isoformat()}~{rows[-1][0]}" if rows else ""

    def search(self, workspace: str, text: str) -> tuple[list[dict[str, Any]], int]:
        needle = f"%{text.casefold()}%"
        rows = self._run(self._search, (workspace, PAGE + 1, needle), prepare=False).fetchall()
        total = len(rows)
        if total > PAGE:
            total = self._run(self._count, (workspace, needle), prepare=False).fetchall()[0][0]
        return [shown(row, row[10]) for row in rows[:PAGE]], total

    def create(self, identity: Identity, body: NewContact) -> dict[str, Any]:
        id_, at = new_contact_id(), now()
        email_key = body.email.casefold() if body.email else None
        fields = msgspec.json.encode(body.custom_fields).decode()
        answer = created(body, id_, at)
        names = (body.first_name, body.last_name, body.email, email_key, body.phone, body.source)
        row = (identity[0], id_, *names, fields, at, search_text(body))
        self._run(self._created, (*_note(identity, id_, "created", None, answer, at), *row))
        return answer

    def patch(self, identity: Identity, id_: str, body: ContactPatch) -> dict[str, Any] | None:
        at = now()
        self._run("BEGIN", ())
        try:
            before = self._one(self._locked, identity[0], id_)
            if before is None:
                self._run("ROLLBACK", ())
                return None
            changes = {"source": {"from": before["source"], "to": body.source}}
            answer = {**before, "source": body.source, "updatedAt": at.isoformat()[:19] + "Z"}
            self._run(self._update, (identity[0], id_, body.source, at))
            self._run(self._changed, _note(identity, id_, "updated", changes, {**answer, "changes": changes}, at))
            self._run("COMMIT", ())
        except BaseException:
            self._connection().rollback()
            raise
        return answer

    def _one(self, statement: str, workspace: str, id_: str) -> dict[str, Any] | None:
        row = self._run(statement, (workspace, id_)).fetchone()
        return None if row is None else {**shown(row, row[10]), "customFields": msgspec.json.decode(row[11])}

    def _run(self, statement: str, params: tuple[Any, ...], *, prepare: bool | None = None) -> "psycopg.RawCursor[Any]":
        cursor = psycopg.RawCursor(self._connection())
        return cursor.execute(statement.encode(), params or None, prepare=prepare)

    def _connection(self) -> "psycopg.Connection[Any]":
        found: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if found is None:
            found = psycopg.connect(self._address, autocommit=True, options="-c TimeZone=UTC")
            found.prepared_max = 1000
            found.adapters.register_loader("json", TextLoader)
            found.adapters.register_loader("jsonb", TextLoader)
            self._local.connection = found
        return found


def _typed(statement: str, json_parameter: int) -> str:
    return statement.replace(f"${json_parameter}", f"${json_parameter}::jsonb").replace("'[]'", "'[]'::jsonb")


def _note(identity: Identity, id_: str, action: str, changes: Any, data: Any, at: dt.datetime) -> tuple[Any, ...]:
    workspace, user, name = identity
    activity, correlation = new_id("act_"), new_id("req_")
    shown_changes = None if changes is None else msgspec.json.encode(changes).decode()
    told = msgspec.json.encode(data).decode()
    return (
        *(workspace, activity, id_, action, shown_changes, user, name, at, correlation),
        *(workspace, activity, id_),
        *(workspace, new_id("evt_"), f"contact.{action}", told, id_, user, correlation, at),
    )
