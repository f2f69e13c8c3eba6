"""The storage port: what a backend implements, and what it promises.

A backend implements `Storage` and `Transaction` once, against `EntitySpec`; it never hears of a contact or an invoice. Subclass
`conduyt_kit.testing.contracts.storage.StorageContract` to see whether it keeps these promises.

**Tenancy.** A transaction belongs to one workspace. No operation reads, counts, changes, deletes or refers to a row of another
one, and the same id may exist in many workspaces. Only `Storage.locate`, `claim`, `purge`, `oldest_due` and `count_jobs` look
across.

**Transactions.** A write transaction is atomic and sees its own changes; others see nothing of them before the commit. After
`commit` returns, no crash loses it. After a change has failed (with any error) the transaction is only good for `rollback`;
`commit` then keeps nothing and raises `RuntimeError`, where PostgreSQL by itself would silently roll back. A change, a `lock` or
``get(lock=True)`` in a transaction begun for reading, and any operation after the end, raises `RuntimeError`. A read transaction
may see a newer commit with each operation. An empty workspace name raises `ValueError`.

**Values.** A record comes back equal to what was stored, whichever way it is read (`get`, `find`, an include, `locate`).
Timestamps come back in UTC, decimals with the places of their field. JSON fields come back as their annotation says (tuples,
nested attrs classes); what is annotated `Any` comes back as JSON does. Later changes to a list or dict that was passed in or handed
out change nothing stored. A value that the field cannot hold raises `ValueError`: a null where the field has none, a timestamp
without a time zone, more decimal places than the field keeps, an integer beyond 64 bits. Text never contains NUL or lone
surrogates: the layers above refuse them.

**Conditions.** As `query.Op` says, on every backend alike. A null is only matched by ``EQ None`` and by ``NE`` with a value.
``IN`` nothing matches nothing. Text is compared by code points, case-sensitively, so set a binary collation. JSON fields take
``EQ None``, ``NE None``, ``HAS_KEY`` (objects; any key, also ``a.b`` and ``"``) and ``HAS_ITEM`` (arrays; text only: ``"1"`` is
not ``1``). A decimal to compare with may have more places than the field.

**Search.** Each group of `EntitySpec.search` is the text of its non-empty fields joined by a space and folded with `ids.fold`. A
record matches if one group contains the folded search text. Nothing is found across groups; ``%``, ``_`` and ``\\`` are ordinary
letters; one letter is enough. A text that folds to nothing matches every record.

**Order and pages.** Null is smaller than every value: first ascending, last descending. `Query.after` gives exactly the records
that follow in the order, also around nulls. `Page.total` and `count` are exact: after every kind of change, inside the writing
transaction, after a rollback, and with concurrent writers. The total of a page ignores `limit`, `offset` and `after`.

**Along with a query.** An included relation holds all its records in the default order of their entity (`complete_sort`), an
included reference field the record or ``None``.

**Aggregates.** Sums of decimals are exact decimals. Nulls are left out of sums, minima and maxima; in `group_by` they are a value.

**Batches.** In `insert`, a record may refer to itself and to records before it in the batch. In `delete`, records that refer to
each other may go together. Any number of records and keys is allowed, whatever the driver's limits are.

**Violations.** `UniqueViolation` carries the entity and the fields of the broken `Unique`, or the key. `ReferenceViolation`
carries the referring entity and field; on deletion a backend that cannot tell gives the deleted entity and ``None``. References
to entities that were not prepared (a feature left out) are not checked.

**Upserts.** A null in `by` equals nothing, so the record is inserted. With an empty `update` the existing row is returned as it is.

**Numbers and locks.** `next_number` counts from 1 per workspace and sequence, without gaps, so callers wait for each other until
the transaction ends. `lock` excludes others of the same workspace and name. On a backend with one writer the write transaction
is the lock, and ``wait=False`` may wait for it.

**Jobs.** `claim` deals due jobs to workspaces in turn: none gets a second one before each workspace with due jobs has one, and with
fewer places than workspaces every workspace gets its turn, however long and old the queue of another is. Two callers never get
the same job. A worker's token is the fence: writes guarded with ``expected=where(lease_token=token)`` fail once another took over.
States without jobs may be missing from `count_jobs`.
"""

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.transactions import Key, Located, Storage, Transaction

__all__ = ["STORAGE", "Key", "Located", "Storage", "Transaction"]

STORAGE: Port[Storage] = Port("storage", "where records are kept")
