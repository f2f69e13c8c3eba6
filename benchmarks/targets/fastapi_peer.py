"""A peer: FastAPI with pydantic and SQLAlchemy's asynchronous ORM, written as their documentation shows, on uvicorn.

It looks every token up and counts every list anew, since nothing in its documentation says otherwise.
"""

# The frameworks are installed for measuring only, not where types are checked.
# mypy: ignore-errors

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import sqlalchemy as sa
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from benchmarks.targets.models import Activity, ActivitySubject, ApiKey, Contact, Event
from benchmarks.targets.settings import TargetSettings

_PAGE = 50


class Model(BaseModel):
    """Names in camelCase, values from attributes."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class ContactSummary(Model):
    """A contact in a list."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    company: str | None
    source: str | None
    tags: list[str]
    assigned_to: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ContactDetail(ContactSummary):
    """A single contact."""

    custom_fields: dict[str, Any]


class Meta(Model):
    """Where a page is."""

    page: int
    limit: int
    total: int
    total_pages: int


class ContactPage(Model):
    """A page of contacts."""

    data: list[ContactSummary]
    meta: Meta


class ContactReply(Model):
    """One contact."""

    data: ContactDetail


class ContactInput(Model):
    """A contact to create."""

    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None
    source: str | None = None
    custom_fields: dict[str, Any] = {}


class ContactChanges(Model):
    """What changes."""

    source: str | None


def shown(contact: Contact, tags: list[str], cls: type[Any]) -> Any:
    """Return a contact as an output class has it."""
    values = {name: getattr(contact, name) for name in cls.model_fields if name != "tags"}
    return cls(**values, tags=tags)


def create() -> FastAPI:
    """Return the application; uvicorn calls it in each server process."""
    settings = TargetSettings.of_process()
    drivers = {"postgresql+psycopg": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    backend, _, rest = settings.url.partition("://")
    engine = create_async_engine(f"{drivers[backend]}://{rest}", pool_size=16 // settings.workers)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    app = FastAPI(docs_url=None)

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    Opened = Annotated[AsyncSession, Depends(session)]  # noqa: N806 - an annotation

    async def caller(opened: Opened, authorization: Annotated[str, Header()] = "") -> ApiKey:
        digest = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
        found = await opened.scalar(sa.select(ApiKey).where(ApiKey.key_hash == digest))
        if found is None:
            raise HTTPException(401)
        return found

    Caller = Annotated[ApiKey, Depends(caller)]  # noqa: N806 - an annotation

    async def existing(opened: AsyncSession, key: ApiKey, id: str) -> Contact:
        wanted = sa.select(Contact).where(Contact.workspace_id == key.workspace_id, Contact.id == id)
        found = await opened.scalar(wanted.options(selectinload(Contact.tags)))
        if found is None:
            raise HTTPException(404)
        return found

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/v1/contacts", response_model=ContactPage)
    async def list_contacts(
        opened: Opened,
        key: Caller,
        page: Annotated[int, Query(ge=1)] = 1,
        limit: Annotated[int, Query(ge=1, le=100)] = _PAGE,
        search: str | None = None,
    ) -> ContactPage:
        matching = [Contact.workspace_id == key.workspace_id]
        if search:
            matching.append(Contact.search_text.contains(search.casefold()))
        total = await opened.scalar(sa.select(sa.func.count()).select_from(Contact).where(*matching)) or 0
        wanted = sa.select(Contact).where(*matching).order_by(Contact.created_at.desc(), Contact.id.desc())
        wanted = wanted.limit(limit).offset((page - 1) * limit).options(selectinload(Contact.tags))
        found = (await opened.scalars(wanted)).all()
        meta = Meta(page=page, limit=limit, total=total, total_pages=-(-total // limit))
        return ContactPage(data=[shown(contact, [tag.name for tag in contact.tags], ContactSummary) for contact in found], meta=meta)

    @app.get("/api/v1/contacts/{id}", response_model=ContactReply)
    async def get_contact(opened: Opened, key: Caller, id: str) -> ContactReply:
        contact = await existing(opened, key, id)
        return ContactReply(data=shown(contact, [tag.name for tag in contact.tags], ContactDetail))

    @app.post("/api/v1/contacts", response_model=ContactReply, status_code=201)
    async def create_contact(opened: Opened, key: Caller, body: ContactInput) -> ContactReply:
        at = dt.datetime.now(dt.UTC)
        words = (f"{body.first_name} {body.last_name}", body.email, body.phone)
        contact = Contact(
            workspace_id=key.workspace_id,
            id=str(uuid.uuid4()),
            **body.model_dump(),
            email_key=body.email.casefold() if body.email else None,
            created_at=at,
            updated_at=at,
            search_text="\n".join(word.casefold() for word in words if word),
        )
        opened.add(contact)
        reply = ContactReply(data=shown(contact, [], ContactDetail))
        note(opened, key, contact, "created", None, reply)
        await opened.commit()
        return reply

    @app.patch("/api/v1/contacts/{id}", response_model=ContactReply)
    async def change_contact(opened: Opened, key: Caller, id: str, body: ContactChanges) -> ContactReply:
        contact = await existing(opened, key, id)
        changes = {"source": {"from": contact.source, "to": body.source}}
        contact.source, contact.updated_at = body.source, dt.datetime.now(dt.UTC)
        reply = ContactReply(data=shown(contact, [tag.name for tag in contact.tags], ContactDetail))
        note(opened, key, contact, "updated", changes, reply)
        await opened.commit()
        return reply

    return app


def note(opened: AsyncSession, key: ApiKey, contact: Contact, action: str, changes: dict[str, Any] | None, reply: ContactReply) -> None:
    """Add the activity with its subject, and the event."""
    place = {"workspace_id": contact.workspace_id, "entity_type": "contact", "entity_id": contact.id}
    activity = "act_" + secrets.token_hex(12)
    at = contact.updated_at
    opened.add(Activity(**place, id=activity, action=action, changes=changes, user_id=key.user_id, timestamp=at))
    opened.add(ActivitySubject(**place, activity_id=activity))
    data = reply.data.model_dump(mode="json", by_alias=True)
    event = "evt_" + secrets.token_hex(12)
    opened.add(Event(**place, id=event, name=f"contact.{action}", data=data, actor_id=key.user_id, occurred_at=at))


if __name__ == "__main__":
    own = TargetSettings.of_process()
    uvicorn.run(
        "benchmarks.targets.fastapi_peer:create",
        factory=True,
        host="127.0.0.1",
        port=own.port,
        workers=own.workers,
        access_log=False,
        log_level="warning",
    )
