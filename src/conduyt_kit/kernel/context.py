"""Who acts, where, and with which rights: the context every unit of work carries."""

import enum
import secrets
from typing import Literal

import attrs

Role = Literal["admin", "member", "viewer"]


class Scope(enum.StrEnum):
    """What a credential may do (A34). `ADMIN` is needed for users, API keys and workspace settings only."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


SCOPES_OF_ROLE: dict[Role, frozenset[Scope]] = {
    "viewer": frozenset({Scope.READ}),
    "member": frozenset({Scope.READ, Scope.WRITE}),
    "admin": frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}),
}


@attrs.frozen(kw_only=True)
class Actor:
    """Who is the cause of a change; both fields are null for public submissions and background work (R96)."""

    id: str | None = None
    name: str | None = None


NOBODY = Actor()


def new_request_id() -> str:
    """Return an id that ties together everything one request or job caused."""
    return "req_" + secrets.token_hex(12)


@attrs.frozen(kw_only=True)
class Context:
    """The circumstances of one unit of work.

    `correlation_id` is the same for a request and everything it causes later. `causation` holds the ids of the events that led
    here, oldest first; a chain longer than the kit's limit is cut off, so that automation cannot feed itself for ever.
    """

    workspace: str
    actor: Actor = NOBODY
    scopes: frozenset[Scope] = frozenset(Scope)
    credential: str | None = None
    """An opaque name of the credential, for limits and idempotency; never the credential itself."""
    correlation_id: str = attrs.field(factory=new_request_id)
    causation: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Identity:
    """What an authenticator found behind a credential."""

    workspace: str
    actor: Actor
    scopes: frozenset[Scope]
    credential: str
    session: str | None = None
    """The session's id when the credential is a session token; ``None`` for API keys."""
