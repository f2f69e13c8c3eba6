"""The same tables as mapped classes, for the peer that works through SQLAlchemy's ORM as its documentation shows."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[dt.datetime]):
    """A timestamp, which the kit keeps as text in SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


Document = sa.JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The base of the mapped classes."""


class ContactTag(Base):
    __tablename__ = "contact_tag"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(primary_key=True)
    tag_id: Mapped[str] = mapped_column(primary_key=True)


class Tag(Base):
    __tablename__ = "tag"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Contact(Base):
    __tablename__ = "contact"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    phone: Mapped[str | None]
    company: Mapped[str | None]
    source: Mapped[str | None]
    assigned_to: Mapped[str | None]
    custom_fields: Mapped[dict[str, Any]] = mapped_column(Document)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    updated_at: Mapped[dt.datetime] = mapped_column(Instant)
    search_text: Mapped[str] = mapped_column(deferred=True)
    tags: Mapped[list[Tag]] = relationship(
        secondary="contact_tag",
        primaryjoin="and_(Contact.id == ContactTag.contact_id, Contact.workspace_id == ContactTag.workspace_id)",
        secondaryjoin="and_(Tag.id == ContactTag.tag_id, Tag.workspace_id == ContactTag.workspace_id)",
        order_by="Tag.name",
        viewonly=True,
    )


class ApiKey(Base):
    __tablename__ = "api_key"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str]
    user_id: Mapped[str]


class Activity(Base):
    __tablename__ = "activity"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    entity_type: Mapped[str]
    entity_id: Mapped[str]
    action: Mapped[str]
    changes: Mapped[dict[str, Any] | None] = mapped_column(Document)
    user_id: Mapped[str | None]
    timestamp: Mapped[dt.datetime] = mapped_column(Instant)


class ActivitySubject(Base):
    __tablename__ = "activity_subject"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    entity_type: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(primary_key=True)


class Event(Base):
    __tablename__ = "event"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    entity_type: Mapped[str | None]
    entity_id: Mapped[str | None]
    actor_id: Mapped[str | None]
    occurred_at: Mapped[dt.datetime] = mapped_column(Instant)
