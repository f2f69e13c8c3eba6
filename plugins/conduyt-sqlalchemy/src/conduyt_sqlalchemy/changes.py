"""Changing and deleting rows: guarded updates, updates of many, upserts, deletes."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import ReferenceViolation
from conduyt_kit.kernel.query import RemoveKey, Where
from conduyt_sqlalchemy import names, references, search
from conduyt_sqlalchemy.conditions import condition, in_workspace
from conduyt_sqlalchemy.inserts import Inserter
from conduyt_sqlalchemy.schema import EntityMap
from conduyt_sqlalchemy.statements import Statement

Key = tuple[str, ...]


@attrs.frozen(kw_only=True, eq=False)
class Changer(Inserter):
    """The changes of one transaction."""

    def update(self, spec: EntitySpec[Any], key: Key, changes: Mapping[str, Any], expected: Where | None) -> bool:
        entity = self.schema[spec]
        if not entity.searched.isdisjoint(changes):
            return self._update_searched(entity, key, changes, expected)
        return self._set(entity, [key], changes, expected) == 1

    def update_where(self, spec: EntitySpec[Any], where: Where, changes: Mapping[str, Any]) -> int:
        entity = self.schema[spec]
        statement = self._statement()
        if entity.searched.isdisjoint(changes):
            assignments = self._assignments(statement, entity, changes)
            matching = in_workspace(statement, self.schema, entity, "t", where)
            return self._run_update(entity, f"UPDATE {entity.table} AS t SET {assignments} WHERE {matching}", statement, changes)
        matching = in_workspace(statement, self.schema, entity, "t", where)
        texts = self._new_texts(entity, matching, statement, changes)
        if texts:
            self._set(entity, list(texts), changes, None)
            self._write_texts(entity, texts)
        return len(texts)

    def upsert(self, spec: EntitySpec[Any], record: Any, by: Sequence[str], update: Sequence[str]) -> tuple[Any, bool]:
        entity = self.schema[spec]
        stored, inserted = (self._upsert_sqlite if self.session.dialect.name == "sqlite" else self._upsert)(entity, record, by, update)
        if inserted:
            self._count(entity, 1)
        return stored, inserted

    def delete(self, spec: EntitySpec[Any], keys: Sequence[Key]) -> int:
        entity = self.schema[spec]
        statement = self._statement()
        return self._delete(entity, search.keys_condition(statement, entity, keys), statement)

    def delete_where(self, spec: EntitySpec[Any], where: Where) -> int:
        entity = self.schema[spec]
        statement = self._statement()
        return self._delete(entity, in_workspace(statement, self.schema, entity, "t", where), statement)

    def _statement(self) -> Statement:
        return Statement(self.session.dialect, self.workspace)

    def _set(
        self, entity: EntityMap, keys: Sequence[Key], changes: Mapping[str, Any], expected: Where | None, text: str | None = None
    ) -> int:
        statement = self._statement()
        assignments = self._assignments(statement, entity, changes, text)
        if len(keys) == 1:
            marks = [statement.bind(part) for part in keys[0]]
            matching = f"t.{names.WORKSPACE} = {statement.workspace} AND {entity.key_condition('t', marks)}"
        else:
            matching = search.keys_condition(statement, entity, keys)
        if expected is not None:
            matching += f" AND {condition(statement, self.schema, entity, 't', expected)}"
        return self._run_update(entity, f"UPDATE {entity.table} AS t SET {assignments} WHERE {matching}", statement, changes)

    def _run_update(self, entity: EntityMap, sql: str, statement: Statement, changes: Mapping[str, Any]) -> int:
        try:
            return self.session.execute(sql, statement.params).rowcount
        except ReferenceViolation as error:
            if error.field is not None:
                raise
            ids = {name: [value] for name, value in changes.items()}
            raise references.missing_value(self.session, self.schema, self.workspace, entity, ids) from error

    def _assignments(self, statement: Statement, entity: EntityMap, changes: Mapping[str, Any], text: str | None = None) -> str:
        terms = []
        for name, value in changes.items():
            column = entity.column(name)
            if isinstance(value, RemoveKey):
                terms.append(f"{column.sql} = {statement.dialect.without_key(f't.{column.sql}', statement.bind(value.key))}")
            else:
                terms.append(f"{column.sql} = {statement.bind(column.stored(value))}")
        if text is not None:
            terms.append(f"{names.SEARCH_TEXT} = {statement.bind(text)}")
        # Nothing to set still answers whether the row is there.
        return ", ".join(terms) or f"{names.WORKSPACE} = t.{names.WORKSPACE}"

    # Search texts

    def _update_searched(self, entity: EntityMap, key: Key, changes: Mapping[str, Any], expected: Where | None) -> bool:
        """Update a field that is searched: the text is made of several fields, so the row is locked and the others are read first."""
        statement = self._statement()
        marks = [statement.bind(part) for part in key]
        matching = f"t.{names.WORKSPACE} = {statement.workspace} AND {entity.key_condition('t', marks)}"
        if expected is not None:
            matching += f" AND {condition(statement, self.schema, entity, 't', expected)}"
        texts = self._new_texts(entity, matching, statement, changes)
        if not texts:
            return False
        search.forget(self.session, entity, matching, statement.params)
        self._set(entity, [key], changes, None, texts[key])
        search.learn_keys(self.session, self.workspace, entity, [key])
        return True

    def _new_texts(self, entity: EntityMap, matching: str, statement: Statement, changes: Mapping[str, Any]) -> dict[Key, str]:
        """Lock the rows that match and return by key the search text that each will have after the changes."""
        searched = sorted(entity.searched)
        columns = [entity.column(name) for name in (*entity.spec.key, *searched)]
        listed = ", ".join(f"t.{column.sql}" for column in columns)
        rows = self.session.rows(
            f"SELECT {listed} FROM {entity.table} AS t WHERE {matching}{self.session.dialect.row_lock}", statement.params
        )
        width = len(entity.spec.key)
        found = {}
        for row in rows:
            values = {column.field.name: column.decoded(value) for column, value in zip(columns[width:], row[width:], strict=True)}
            found[tuple(row[:width])] = entity.search_text({**values, **changes}.__getitem__)
        return found

    def _write_texts(self, entity: EntityMap, texts: Mapping[Key, str]) -> None:
        statement = self._statement()
        search.forget(self.session, entity, search.keys_condition(statement, entity, list(texts)), statement.params)
        marks = [self.session.dialect.mark(position + 3) for position in range(len(entity.spec.key))]
        key = entity.key_condition("", marks)
        mark = self.session.dialect.mark
        sql = f"UPDATE {entity.table} SET {names.SEARCH_TEXT} = {mark(1)} WHERE {names.WORKSPACE} = {mark(2)} AND {key}"
        self.session.execute_many(sql, [(text, self.workspace, *row_key) for row_key, text in texts.items()])
        search.learn_keys(self.session, self.workspace, entity, list(texts))

    # Upserts

    def _upsert(self, entity: EntityMap, record: Any, by: Sequence[str], update: Sequence[str]) -> tuple[Any, bool]:
        shape = ("upsert", entity.spec.name, tuple(by), tuple(update))
        sql = self.shapes.get(shape, lambda: self._upsert_sql(entity, by, update))
        row = self.session.rows(sql, [self.workspace, *entity.values(record)])[0]
        stored, inserted = entity.record(row), bool(row[-1])
        touched = entity.searched.intersection(update)
        if not inserted and touched and touched != entity.searched:
            text = entity.search_text(lambda name: getattr(stored, name))
            self._set(entity, [entity.spec.key_of(stored)], {}, None, text)
        return stored, inserted

    def _upsert_sql(self, entity: EntityMap, by: Sequence[str], update: Sequence[str]) -> str:
        target = ", ".join([names.WORKSPACE, *(entity.column(name).sql for name in by)])
        terms = [f"{entity.column(name).sql} = EXCLUDED.{entity.column(name).sql}" for name in update]
        if entity.searched and entity.searched <= set(update):
            terms.append(f"{names.SEARCH_TEXT} = EXCLUDED.{names.SEARCH_TEXT}")
        # Without anything to update the row is still locked and returned.
        assignments = ", ".join(terms) or f"{names.WORKSPACE} = t.{names.WORKSPACE}"
        # A row version that an INSERT made has no xmax; one that replaced another does.
        return f"{self.single_sql(entity)} ON CONFLICT ({target}) DO UPDATE SET {assignments} RETURNING {entity.select('t')}, (t.xmax = 0)"

    def _upsert_sqlite(self, entity: EntityMap, record: Any, by: Sequence[str], update: Sequence[str]) -> tuple[Any, bool]:
        """SQLite does not tell an insert from an update, but nobody else writes between two statements."""
        target = ", ".join([names.WORKSPACE, *(entity.column(name).sql for name in by)])
        sql = f"{self.single_sql(entity)} ON CONFLICT ({target}) DO NOTHING"
        try:
            inserted = self.session.execute(sql, (self.workspace, *entity.values(record))).rowcount == 1
        except ReferenceViolation as error:
            raise references.missing_target(self.session, self.schema, self.workspace, entity, [record]) from error
        if inserted:
            search.learn_keys(self.session, self.workspace, entity, [entity.spec.key_of(record)])
            return self._by(entity, record, entity.spec.key), True
        existing = self._by(entity, record, by)
        self.update(entity.spec, entity.spec.key_of(existing), {name: getattr(record, name) for name in update}, None)
        return self._by(entity, existing, entity.spec.key), False

    def _by(self, entity: EntityMap, record: Any, fields: Sequence[str]) -> Any:
        statement = self._statement()
        equal = " AND ".join(
            f"t.{entity.column(name).sql} = {statement.bind(entity.column(name).encoded(getattr(record, name)))}" for name in fields
        )
        sql = f"SELECT {entity.select('t')} FROM {entity.table} AS t WHERE t.{names.WORKSPACE} = {statement.workspace} AND {equal}"
        return entity.record(self.session.rows(sql, statement.params)[0])

    # Deletes

    def _delete(self, entity: EntityMap, matching: str, statement: Statement) -> int:
        search.forget(self.session, entity, matching, statement.params)
        try:
            deleted = self.session.execute(f"DELETE FROM {entity.table} AS t WHERE {matching}", statement.params).rowcount
        except ReferenceViolation as error:
            if error.field is not None:
                raise
            raise references.still_referred(self.session, self.schema, entity, matching, statement.params) from error
        self._count(entity, -deleted)
        return deleted
