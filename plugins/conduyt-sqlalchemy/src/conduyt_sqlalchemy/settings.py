"""The section ``database``."""

from typing import Any, Literal

import attrs
from attrs import validators

from conduyt_kit.kernel.settings import Secret, SettingsSpec, setting

_positive: Any = validators.gt(0)


@attrs.frozen(kw_only=True)
class DatabaseSettings:
    """Where records are kept, and how connections are made."""

    url: Secret = attrs.field(
        default=Secret(""),
        metadata=setting(
            "sqlite:////path/to/file.db or postgresql+psycopg://user:password@host/database; empty for conduyt.db in the data folder."
        ),
    )
    pool_size: int = attrs.field(
        default=10, validator=_positive, metadata=setting("Connections of each process at most; as many as its threads and job threads.")
    )
    pool_timeout: float = attrs.field(default=10.0, validator=_positive, metadata=setting("Seconds that a thread waits for a connection."))
    sqlite_synchronous: Literal["FULL", "NORMAL"] = attrs.field(
        default="FULL", metadata=setting("FULL keeps every commit through a power loss; NORMAL may lose the last ones, and is faster.")
    )
    busy_timeout: float = attrs.field(
        default=5.0, validator=_positive, metadata=setting("Seconds to wait while another writes to the SQLite file.")
    )
    statement_timeout: float = attrs.field(
        default=30.0, validator=_positive, metadata=setting("Seconds after which PostgreSQL cancels a statement.")
    )
    lock_timeout: float = attrs.field(
        default=5.0, validator=_positive, metadata=setting("Seconds that a statement waits for a lock on PostgreSQL.")
    )
    idle_in_transaction_timeout: float = attrs.field(
        default=30.0, validator=_positive, metadata=setting("Seconds after which PostgreSQL ends a transaction that does nothing.")
    )
    prepared_statements: bool = attrs.field(
        default=True, metadata=setting("Switch off behind a pooler that shares connections between transactions, such as PgBouncer.")
    )


DATABASE_SETTINGS = SettingsSpec(name="database", cls=DatabaseSettings, description="The database.")
