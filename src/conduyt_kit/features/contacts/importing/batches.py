"""Writing a batch of rows: few reads for all of them, then the contacts, in one unit of work.

Rows with an address update the oldest contact that has it, also one that an earlier row made (R21); rows without one always make a
contact. What is wrong with a row is reported and stops no other.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts import tagging
from conduyt_kit.features.contacts.company_links import companies_named, company_key
from conduyt_kit.features.contacts.entities import CONTACT, Contact
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row, RowError, RowReader
from conduyt_kit.features.contacts.service import Contacts
from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.features.tags import Tag, Tags
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.query import Compare, Op, query
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import PLAN_LIMITS

Values = dict[str, Any]


@attrs.define(kw_only=True)
class Outcome:
    """What became of rows: each is counted once, as created, updated or an error."""

    created: int = 0
    updated: int = 0
    errors: int = 0
    details: list[RowError] = attrs.field(factory=list)

    @property
    def total(self) -> int:
        return self.created + self.updated + self.errors

    def add(self, other: "Outcome") -> None:
        """Count another batch in."""
        self.created += other.created
        self.updated += other.updated
        self.errors += other.errors
        self.details += other.details


@attrs.define
class _Target:
    """A contact to be written: `contact` if it exists, `values` to set, `tags` by id."""

    contact: Contact | None
    values: Values
    before: tuple[Tag, ...] = ()
    tags: dict[str, Tag] = attrs.field(factory=dict)


def write_batch(unit: UnitOfWork, rows: Sequence[Row], options: ImportOptions, reader: RowReader) -> Outcome:
    """Write the contacts of the rows and return what became of each row. The caller commits.

    Raises:
        Contention: somebody else changed one of the contacts since it was read; the unit is to be run again from the start.
    """
    outcome = Outcome()
    good: list[tuple[Row, Values]] = []
    for row in rows:
        read = reader.read(row)
        if isinstance(read, dict):
            good.append((row, read))
        else:
            _refuse(outcome, read)
    if good:
        _Batch(unit, options, [values for _, values in good]).write(good, outcome)
    outcome.details.sort(key=lambda detail: detail.row or 0)
    return outcome


def _refuse(outcome: Outcome, errors: Iterable[RowError]) -> None:
    outcome.errors += 1
    outcome.details.extend(errors)


class _Batch:
    def __init__(self, unit: UnitOfWork, options: ImportOptions, rows: Sequence[Values]) -> None:
        self._unit = unit
        self._options = options
        self._checker = unit[CustomFields].checker("contact")
        keys = {ids.fold(values["email"]) for values in rows if values.get("email")}
        unit[Contacts].lock_addresses(keys)
        self._targets = self._existing(keys)
        self._new: list[_Target] = []
        self._users = _known(unit, "user", rows, "assigned_to")
        self._companies = _known(unit, "company", rows, "company_id")
        self._company_of = companies_named(unit, {key for values in rows if (key := company_key(values.get("company")))})
        names = [name for values in rows for name in values.get("tags") or ()]
        self._tags = {tag.name_key: tag for tag in unit[Tags].ensure([*names, *options.tags])}
        self._room = unit.provider(PLAN_LIMITS).room(unit, "contacts")

    def write(self, rows: Sequence[tuple[Row, Values]], outcome: Outcome) -> None:
        for row, values in rows:
            try:
                created = self._take(values)
            except ValidationFailed as error:
                _refuse(outcome, row.errors(error.details))
            else:
                outcome.created += created
                outcome.updated += not created
        self._flush()

    def _existing(self, keys: Iterable[str]) -> dict[str, _Target]:
        oldest_last = query(CONTACT, Compare("email_key", Op.IN, tuple(keys)), sort=("-created_at",), include=("tags",))
        found = self._unit.repository(CONTACT).page(oldest_last).items if keys else ()
        by_key = {item.record.email_key or "": item for item in found}
        return {key: _Target(item.record, {}, item.related["tags"], _by_id(item.related["tags"])) for key, item in by_key.items()}

    def _take(self, given: Values) -> bool:
        """Take a row's values up into its contact; return whether that contact is new by this row."""
        values = {name: value for name, value in given.items() if name not in ("tags", "custom_fields")}
        self._resolve(values)
        key = ids.fold(values["email"]) if values.get("email") else None
        target = self._targets.get(key) if key else None
        if target is None:
            return self._create(values, given, key)
        self._update(target, values, given)
        return False

    def _create(self, values: Values, given: Values, key: str | None) -> bool:
        missing = [
            Detail(wire, "Required") for name, wire in (("first_name", "firstName"), ("last_name", "lastName")) if name not in values
        ]
        if missing:
            raise ValidationFailed.of(missing)
        if self._room is not None and len(self._new) >= self._room:
            raise ValidationFailed.on("", "The plan allows no more contacts")
        values["custom_fields"] = self._checker.checked(given.get("custom_fields"))
        values["email_key"] = key
        values.setdefault("source", self._options.source)
        target = _Target(None, values)
        self._tag(target, given)
        self._new.append(target)
        if key:
            self._targets[key] = target
        return True

    def _update(self, target: _Target, values: Values, given: Values) -> None:
        has = target.values if target.contact is None else {**attrs.asdict(target.contact, recurse=False), **target.values}
        if given.get("custom_fields"):
            values["custom_fields"] = self._checker.checked(given["custom_fields"], has["custom_fields"])
        if self._options.source and not has.get("source"):
            values.setdefault("source", self._options.source)
        # The spelling of an address that is known already stays, and an empty last name says nothing of a contact that has one.
        target.values |= {name: value for name, value in values.items() if name != "email" and value != ""}
        self._tag(target, given)

    def _resolve(self, values: Values) -> None:
        """Check the references of a row and link it to its company, as `company_links.with_company` does for one contact."""
        wrong: list[Detail] = []
        if "assigned_to" in values and values["assigned_to"] not in self._users:
            wrong.append(Detail("assignedTo", "Refers to a user that does not exist in this workspace"))
        if "company_id" in values:
            company = self._companies.get(values["company_id"])
            if company is None:
                wrong.append(Detail("companyId", "Refers to a company that does not exist in this workspace"))
            else:
                values["company_id"] = company.id
                values.setdefault("company", company.name)
        elif "company" in values:
            values["company_id"] = self._company_of.get(company_key(values["company"]) or "")
        if "company" in values:
            values["company_key"] = company_key(values["company"])
        if wrong:
            raise ValidationFailed.of(wrong)

    def _tag(self, target: _Target, given: Values) -> None:
        for name in (*(given.get("tags") or ()), *self._options.tags):
            tag = self._tags[ids.fold(name)]
            target.tags[tag.id] = tag

    def _flush(self) -> None:
        # All are written before the first is told, and in one order, so that two imports of the same contacts do not block each other.
        known = [(target.contact, target) for target in self._targets.values() if target.contact is not None]
        written = [self._written(target, contact) for contact, target in sorted(known, key=lambda pair: pair[0].id)]
        for change in filter(None, written):
            tagging.tell(self._unit, change)
        for target in self._new:
            self._unit[Contacts].insert(target.values, tagging.in_order(target.tags.values()))

    def _written(self, target: _Target, contact: Contact) -> tagging.Change | None:
        return tagging.write(self._unit, contact, target.values, target.before, tuple(target.tags.values()), locked=False)


def _by_id(tags: Iterable[Tag]) -> dict[str, Tag]:
    return {tag.id: tag for tag in tags}


def _known(unit: UnitOfWork, entity: str, rows: Iterable[Values], field: str) -> dict[str, Any]:
    wanted = {values[field] for values in rows if values.get(field)}
    repository = unit.repository_named(entity)
    if repository is None:
        # Without the feature nothing can be checked, and the reference is an opaque id.
        return dict.fromkeys(wanted)
    return repository.get_many(wanted)
