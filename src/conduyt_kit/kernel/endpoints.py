"""What an API operation is, without an HTTP library: data that any transport can serve.

A feature's `endpoints.py` is a tuple of `Endpoint`. A transport compiles each into a responder (`responder.Responders`); the OpenAPI
document is made from the same tuple.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import attrs

from conduyt_kit.kernel.context import NOBODY, Actor, Context, Identity, Scope
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.unit_of_work import UnitOfWork

Q = TypeVar("Q")
B = TypeVar("B")

API_ROOT = "/api/v1"

ANY_TYPE = "*/*"
"""In `Endpoint.accepts`: a body of whatever content type."""

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


class Envelope(enum.Enum):
    """The documented form of a reply's body (A3, A4)."""

    DATA = "data"
    """``{"data": {...}}``"""
    PAGE = "page"
    """``{"data": [...], "meta": {...}}``; the operation returns a `Listing`."""
    LIST = "list"
    """``{"data": [...]}``"""
    BARE = "bare"
    """The object itself."""
    NONE = "none"
    """No body (204)."""
    RAW = "raw"
    """The operation returns a `Reply` with ready bytes (a page, a file)."""


@attrs.frozen(kw_only=True)
class Listing:
    """One page of outputs, with what `meta` shows. A cursor page has `limit` and `next_cursor` only (part f of the rules)."""

    items: Sequence[Any]
    limit: int
    page: int | None = None
    total: int | None = None
    next_cursor: str | None = None


@attrs.frozen(kw_only=True)
class Request:
    """A request as a transport hands it over.

    `headers` have lower-case names. `path` holds the values of the path's ``:name`` segments, `query` all values of each parameter
    in order. `remote` is the client's address as far as the transport trusts it. `target` is path and query string as sent.
    A transport may pass a function as the body: it is called once, when the body is first asked for, which is after the caller has
    been authenticated and counted.
    """

    method: str
    target: str
    path: Mapping[str, str] = attrs.field(factory=dict)
    query: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    _body: bytes | Callable[[], bytes] = attrs.field(default=b"", alias="body", repr=False)
    remote: str = ""
    id: str = ""

    @property
    def body(self) -> bytes:
        """Return the body.

        Raises:
            PayloadTooLarge, InvalidRequest: it cannot be read.
        """
        if isinstance(self._body, bytes):
            return self._body
        read = self._body()
        object.__setattr__(self, "_body", read)
        return read


@attrs.frozen(kw_only=True)
class Reply:
    """An answer, ready to be sent. From an operation: overrides the endpoint's status or adds headers to `value`'s encoding."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    value: Any = None


@attrs.define(kw_only=True)
class Call(Generic[Q, B]):
    """One call of an operation.

    Attributes:
        query: the endpoint's query class, filled.
        body: the endpoint's body class, filled; with another accepted media type what its reader returned.
        path: the path parameters.
        identity: who calls; ``None`` on public endpoints.
        request: the request as it came.
    """

    environment: Environment
    query: Q
    body: B
    path: Mapping[str, str]
    identity: Identity | None
    request: Request
    write: bool
    units: list[UnitOfWork] = attrs.field(factory=list)

    @property
    def unit(self) -> UnitOfWork:
        """Return the call's unit of work, in the caller's workspace. It is committed after the reply is encoded.

        Raises:
            SpecError: the endpoint is public; use `open`.
        """
        if not self.units:
            if self.identity is None:
                raise SpecError("a public endpoint has no workspace of its own; open a unit of work with call.open(workspace)")
            return self.open(self.identity.workspace, actor=self.identity.actor)
        return self.units[0]

    def open(self, workspace: str, *, actor: Actor = NOBODY) -> UnitOfWork:
        """Open a unit of work in a workspace; it is committed after the reply is encoded, or rolled back on an error."""
        scopes = self.identity.scopes if self.identity else frozenset[Scope]()
        context = Context(
            workspace=workspace,
            actor=actor,
            scopes=scopes,
            credential=self.identity.credential if self.identity else None,
            correlation_id=self.request.id,
        )
        unit = UnitOfWork(self.environment, context, write=self.write)
        self.units.append(unit)
        return unit


@attrs.frozen(kw_only=True)
class Endpoint:
    """One operation of the API.

    Args:
        method: the HTTP method.
        path: below the API's root, with ``:name`` for parameters; literal segments win over parameters (A45).
        summary: one sentence for the reference.
        section: the heading it is listed under.
        operation: called with a `Call`; returns the output (see `envelope`).
        scope: what the credential must allow; ``None`` makes the endpoint public (A44).
        envelope: the form of the body.
        reply: the output class, for encoding and OpenAPI; for PAGE and LIST the class of one item.
        status: the status of success.
        query, body: attrs classes for the query string and the JSON body.
        optional_body: whether the body may be left out.
        ignored: camelCase body keys that are accepted and dropped (A5).
        accepts: readers for further content types of the body: each gets the `Request` and returns what `Call.body` holds. Without a
            `body` class, `ANY_TYPE` reads every other type, and bodies without one.
        errors: statuses beyond the general ones that the reference should list.
        extension: whether it goes beyond the documented API.
        entity: the entity of a single record at this path, for ``ETag`` and ``If-Match``.
        secret_reply: the reply holds a secret, so it is never kept for ``Idempotency-Key``.
        root: what comes before `path`; "" for pages and callbacks outside the API.
        limit: a rate limit of its own, such as ``"5/minute"``, per client address.
        cross_origin: whether browsers of any origin may call it (R108).
    """

    method: Method
    path: str
    summary: str
    section: str
    operation: Callable[[Call[Any, Any]], Any]
    scope: Scope | None
    envelope: Envelope = Envelope.DATA
    reply: Any = None
    status: int = 200
    query: type | None = None
    body: type | None = None
    optional_body: bool = False
    ignored: frozenset[str] = frozenset()
    accepts: Mapping[str, Callable[[Request], Any]] = attrs.field(factory=dict)
    errors: tuple[int, ...] = ()
    extension: bool = False
    entity: str | None = None
    secret_reply: bool = False
    root: str = API_ROOT
    limit: str | None = None
    cross_origin: bool = False
    description: str = ""

    @property
    def route(self) -> str:
        """Return the whole path template, ``/api/v1/contacts/:id``."""
        return self.root + self.path

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the path parameters, in order."""
        return tuple(part[1:] for part in self.path.split("/") if part.startswith(":"))
