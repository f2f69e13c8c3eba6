"""The reference application's data on the driver of SQLite: one connection per thread, one writer at a time."""

import datetime as dt
import sqlite3
import threading
from typing import Any

import msgspec

from benchmarks.targets import statements as sql
from benchmarks.targets.records import PAGE, ContactPatch, NewContact, created, new_contact_id, new_id, now, search_text, shown
from benchmarks.targets.statements import numbered

Identity = tuple[str, str, str]


def _text(at: dt.datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


class SqliteData:
    """See `postgres_data.PostgresData`: the same operations."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._local = threading.local()
        self._writer = threading.Lock()
        tags = sql.TAGS_SQLITE
        self._identity = numbered(sql.IDENTITY, "?")
        self._get, self._list, self._deep = (numbered(text, "?", tags=tags) for text in (sql.GET, sql.LIST, sql.DEEP))
        self._after, self._search = (numbered(text, "?", tags=tags) for text in (sql.AFTER, sql.SEARCH_SQLITE))
        self._count = numbered(sql.COUNT_SQLITE, "?")
        self._activity, self._subject, self._event = (numbered(text, "?") for text in (sql.ACTIVITY, sql.SUBJECT, sql.EVENT))
        self._update = numbered(sql.UPDATE, "?")
        self._one = numbered(sql.NUMBERS, "?", slot="0", more="")
        self._two = numbered(sql.NUMBERS, "?", slot="0", more=", ({1}, 'contact', 0, 1)")

    def identity(self, digest: str) -> Identity | None:
        found: Identity | None = self._connection().execute(self._identity, (digest,)).fetchone()
        return found

    def get(self, workspace: str, id_: str) -> dict[str, Any] | None:
        row = self._connection().execute(self._get, (workspace, id_)).fetchone()
        return None if row is None else {**shown(row, row[10]), "customFields": msgspec.json.decode(row[11])}

    def page(self, workspace: str, number: int) -> tuple[list[dict[str, Any]], int]:
        if number == 1:
            rows = self._connection().execute(self._list, (workspace, PAGE)).fetchall()
        else:
            rows = self._connection().execute(self._deep, (workspace, PAGE, PAGE * (number - 1))).fetchall()
        return [shown(row, row[10]) for row in rows], rows[0][11] if rows else 0

    def after(self, workspace: str, at: str, id_: str) -> tuple[list[dict[str, Any]], str]:
        rows = self._connection().execute(self._after, (workspace, PAGE, at or "9", id_)).fetchall()
        return [shown(row, row[10]) for row in rows], f"{rows[-1][8]}~{rows[-1][0]}" if rows else ""

    def search(self, workspace: str, text: str) -> tuple[list[dict[str, Any]], int]:
        needle = f'"{text.casefold()}"'
        rows = self._connection().execute(self._search, (workspace, PAGE + 1, needle)).fetchall()
        total = len(rows)
        if total > PAGE:
            total = self._connection().execute(self._count, (workspace, needle)).fetchone()[0]
        return [shown(row, row[10]) for row in rows[:PAGE]], total

    def create(self, identity: Identity, body: NewContact) -> dict[str, Any]:
        workspace, id_, at = identity[0], new_contact_id(), _text(now())
        email_key = body.email.casefold() if body.email else None
        fields = msgspec.json.encode(body.custom_fields).decode()
        names = (body.first_name, body.last_name, body.email, email_key, body.phone, body.source)
        row = (workspace, id_, *names, fields, at, search_text(body))
        answer = created(body, id_, at)
        connection = self._connection()
        with self._writer:
            self._begin(connection)
            try:
                connection.execute(sql.CONTACT_SQLITE, row)
                connection.execute(sql.SEARCHABLE_SQLITE, (workspace, id_))
                self._note(connection, identity, id_, "created", None, answer, at)
                connection.execute(self._two, (workspace,))
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
        return answer

    def patch(self, identity: Identity, id_: str, body: ContactPatch) -> dict[str, Any] | None:
        connection, at = self._connection(), _text(now())
        with self._writer:
            self._begin(connection)
            try:
                before = self.get(identity[0], id_)
                if before is None:
                    connection.rollback()
                    return None
                changes = {"source": {"from": before["source"], "to": body.source}}
                answer = {**before, "source": body.source, "updatedAt": f"{at[:19]}Z"}
                connection.execute(self._update, (identity[0], id_, body.source, at))
                self._note(connection, identity, id_, "updated", changes, {**answer, "changes": changes}, at)
                connection.execute(self._one, (identity[0],))
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
        return answer

    def _note(self, connection: sqlite3.Connection, identity: Identity, id_: str, action: str, changes: Any, data: Any, at: str) -> None:
        workspace, user, name = identity
        activity, correlation = new_id("act_"), new_id("req_")
        shown_changes = None if changes is None else msgspec.json.encode(changes).decode()
        connection.execute(self._activity, (workspace, activity, id_, action, shown_changes, user, name, at, correlation))
        connection.execute(self._subject, (workspace, activity, id_))
        told = msgspec.json.encode(data).decode()
        connection.execute(self._event, (workspace, new_id("evt_"), f"contact.{action}", told, id_, user, correlation, at))

    def _begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._file, isolation_level=None, timeout=5, cached_statements=512)
            found.execute("PRAGMA synchronous = FULL")
            found.execute("PRAGMA foreign_keys = ON")
            self._local.connection = found
        return found
