"""Deletion with everything that refers to the deleted: cascade, set null, restrict, all logged (R17, R27, R84)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import Conflict, Contention, ReferenceViolation
from conduyt_kit.kernel.fields import OnDelete
from conduyt_kit.kernel.query import Compare, Op, query

if TYPE_CHECKING:
    from conduyt_kit.kernel.unit_of_work import UnitOfWork

_CHUNK = 500


class StillReferred(Contention):
    """Something came to refer to the record while it was being deleted.

    Running the unit of work again finds it, and deletes it too or says what forbids that; where that does not help, a conflict.
    """

    code = Conflict.code
    status = Conflict.status


def remove(unit: "UnitOfWork", spec: EntitySpec[Any], records: Sequence[Any]) -> None:
    """Delete records of one entity and apply each reference's `OnDelete` to what refers to them.

    Restrictions anywhere below are found before anything is deleted at that level; the surrounding unit of work is to be rolled
    back when one is.

    Raises:
        Conflict: a record that refers to one of them forbids the deletion.
        StillReferred: one came to refer to them meanwhile; run the unit of work again.
    """
    if not records:
        return
    if spec.key == ("id",):
        ids = [record.id for record in records]
        _forbid(unit, spec, ids)
        for child, field in unit.environment.children[spec.name]:
            reference = child.field(field).ref
            if reference is not None and reference.on_delete is not OnDelete.RESTRICT:
                _follow(unit, child, field, reference.on_delete, ids)
    keys = [key[0] if len(key) == 1 else key for key in map(spec.key_of, records)]
    try:
        unit.transaction.delete(spec, keys)
    except ReferenceViolation as error:
        raise StillReferred(f"The {spec.name.replace('_', ' ')} is still in use") from error
    for record in records:
        unit.removed(spec, record)


def _forbid(unit: "UnitOfWork", spec: EntitySpec[Any], ids: list[str]) -> None:
    for child, field in unit.environment.children[spec.name]:
        reference = child.field(field).ref
        if reference is not None and reference.on_delete is OnDelete.RESTRICT:
            number = unit.transaction.count(child, Compare(field, Op.IN, tuple(ids)))
            if number:
                noun = (child.name if number == 1 else child.plural).replace("_", " ")
                raise Conflict(f"The {spec.name.replace('_', ' ')} is still used by {number} {noun}; move or delete them first")


def _follow(unit: "UnitOfWork", child: EntitySpec[Any], field: str, rule: OnDelete, ids: list[str]) -> None:
    condition = Compare(field, Op.IN, tuple(ids))
    if child.is_link or not (child.audited or child.events or unit.environment.children[child.name]):
        # Nobody is told of these rows and nothing hangs on them, so they need not be read.
        if rule is OnDelete.CASCADE:
            unit.transaction.delete_where(child, condition)
        else:
            unit.transaction.update_where(child, condition, {field: None})
        return
    while batch := unit.transaction.find(child, query(child, condition, sort=(), limit=_CHUNK)).records:
        if rule is OnDelete.CASCADE:
            remove(unit, child, batch)
        else:
            _clear(unit, child, field, batch)


def _clear(unit: "UnitOfWork", child: EntitySpec[Any], field: str, batch: Sequence[Any]) -> None:
    changes: dict[str, Any] = {field: None}
    if "updated_at" in child.by_name:
        changes["updated_at"] = unit.now
    unit.transaction.update_where(child, Compare("id", Op.IN, tuple(record.id for record in batch)), changes)
    for record in batch:
        unit.changed(child, record, attrs.evolve(record, **changes), {})
