"""From request to reply: the one generic responder, compiled for each endpoint when a transport starts.

Authenticate, check rate and scope, read and validate the input, open the unit of work, call the operation, encode the reply, commit.
The reply is encoded before the commit, so that a committed write is never answered with a failure to encode.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import attrs
import msgspec

from conduyt_kit.kernel import json_documents
from conduyt_kit.kernel.context import Identity
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.encoding import Encoder, ToJson
from conduyt_kit.kernel.endpoints import ANY_TYPE, Call, Endpoint, Envelope, Listing, Reply, Request
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import (
    ConduytError,
    Conflict,
    Contention,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    envelope,
)
from conduyt_kit.kernel.idempotency import IdempotencyKey, body_of

_log = logging.getLogger("conduyt.requests")

JSON = "application/json"
_TRIES = 5


class Authenticator(Protocol):
    """Finds out who a bearer token belongs to."""

    def authenticate(self, token: str) -> Identity:
        """Return the identity.

        Raises:
            Unauthenticated: the token is unknown, expired or revoked.
        """


@attrs.frozen(kw_only=True)
class Allowance:
    """The state of a rate limit after a request: `limit` per window, `remaining` in it, seconds until it is `reset`."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


class RateLimiter(Protocol):
    """Counts requests per key in time windows."""

    def hit(self, limit: str, key: str) -> Allowance:
        """Count one request under `key` against a limit such as ``"600/minute"`` and return the state."""


@attrs.frozen(kw_only=True)
class ResponderParts:
    """What responders are compiled with. `rate_limit` is the limit per credential, ``None`` for none."""

    environment: Environment
    decoder: Decoder
    encoder: Encoder
    authenticator: Authenticator
    rate_limiter: RateLimiter
    rate_limit: str | None


Responder = Callable[[Request], Reply]


def compile_responders(endpoints: Sequence[Endpoint], parts: ResponderParts) -> Mapping[tuple[str, str], Responder]:
    """Return a responder for each endpoint, by (method, route)."""
    readers = {endpoint.route: endpoint for endpoint in endpoints if endpoint.method == "GET" and endpoint.envelope is Envelope.DATA}
    in_flight = InFlight()
    return {
        (endpoint.method, endpoint.route): _Compiled(endpoint, parts, readers.get(endpoint.route), in_flight).respond
        for endpoint in endpoints
    }


class InFlight:
    """The idempotency keys that this process is answering right now; the database's lock covers the other processes."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def enter(self, key: tuple[str, str]) -> None:
        with self._lock:
            if key in self._keys:
                raise Conflict("A request with this Idempotency-Key is still being answered; try again in a moment")
            self._keys.add(key)

    def leave(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._keys.discard(key)


class _Compiled:
    def __init__(self, endpoint: Endpoint, parts: ResponderParts, reader: Endpoint | None, in_flight: InFlight) -> None:
        self._endpoint = endpoint
        self._parts = parts
        self._reader = reader
        self._in_flight = in_flight
        self._write = endpoint.method != "GET"
        self._to_json = _encoder_of(endpoint, parts.encoder)
        self._read_json = _encoder_of(reader, parts.encoder) if reader else None

    def respond(self, request: Request) -> Reply:
        """Answer a request. Never raises: failures are answered with the documented envelope."""
        headers: dict[str, str] = {}
        try:
            _require_storable(request)
            identity = self._identify(request, headers)
            reply = self._answer(request, identity)
        except ConduytError as error:
            if error.status >= 500:
                _log.error("request %s failed: %s", request.id, error.message)
            reply = failure(error)
        except Exception:  # noqa: BLE001 - the last line of defence: every request is answered
            _log.exception("request %s crashed", request.id)
            reply = failure(ConduytError("Something went wrong on the server; nothing was changed, so the request may be repeated"))
        if not headers:
            return reply
        return Reply(status=reply.status, body=reply.body, headers={**headers, **reply.headers}, value=reply.value)

    def _identify(self, request: Request, headers: dict[str, str]) -> Identity | None:
        if self._endpoint.scope is None:
            self._count(f"address:{request.remote}", headers)
            return None
        try:
            identity = self._parts.authenticator.authenticate(bearer_token(request))
        except Unauthenticated:
            self._count(f"address:{request.remote}", headers)
            raise
        self._count(identity.credential, headers)
        if self._endpoint.scope not in identity.scopes:
            raise PermissionDenied(f"This credential lacks the scope {self._endpoint.scope.value!r}")
        return identity

    def _count(self, key: str, headers: dict[str, str]) -> None:
        own = self._endpoint.limit
        for limit, name in ((own, f"{self._endpoint.route}:{key}"), (self._parts.rate_limit, key)):
            if limit is None:
                continue
            state = self._parts.rate_limiter.hit(limit, name)
            headers.setdefault("RateLimit-Limit", str(state.limit))
            headers.setdefault("RateLimit-Remaining", str(state.remaining))
            headers.setdefault("RateLimit-Reset", str(state.reset))
            if not state.allowed:
                raise RateLimited(f"More than {limit.replace('/', ' requests per ')}; try again in {state.reset} s", state.reset)

    def _answer(self, request: Request, identity: Identity | None) -> Reply:
        query = self._parts.decoder.query(self._endpoint.query, request.query) if self._endpoint.query else None
        body = self._body(request)
        key = IdempotencyKey.of(request, identity) if identity and self._endpoint.method == "POST" else None
        if key is None or identity is None:
            return self._retrying(lambda: self._run(request, identity, query, body, None))
        place = (identity.workspace, key.id)
        self._in_flight.enter(place)
        try:
            return self._retrying(lambda: self._run(request, identity, query, body, key))
        finally:
            self._in_flight.leave(place)

    def _retrying(self, run: Callable[[], Reply]) -> Reply:
        for _ in range(_TRIES - 1):
            try:
                return run()
            except Contention:
                continue
        return run()

    def _run(self, request: Request, identity: Identity | None, query: Any, body: Any, key: IdempotencyKey | None) -> Reply:
        call = Call(
            environment=self._parts.environment,
            query=query,
            body=body,
            path=request.path,
            identity=identity,
            request=request,
            write=self._write,
        )
        try:
            kept = key.kept(call.unit) if key else None
            if kept is not None:
                # Nothing was written, but the key's lock is held until the transaction ends.
                call.unit.rollback()
                return Reply(
                    status=kept.status,
                    body=body_of(kept),
                    headers={"Content-Type": kept.content_type, "Idempotent-Replayed": "true"},
                )
            self._check_precondition(call)
            reply = self._encode(self._endpoint.operation(call), request)
            if key is not None:
                content_type = reply.headers.get("Content-Type", JSON)
                kept_body = None if self._endpoint.secret_reply else reply.body
                key.keep(call.unit, status=reply.status, body=kept_body, content_type=content_type)
            for unit in call.units:
                unit.commit()
        except BaseException:
            for unit in call.units:
                unit.rollback()
            raise
        return reply

    def _body(self, request: Request) -> Any:
        endpoint = self._endpoint
        if endpoint.body is None and not endpoint.accepts:
            return None
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        reader = endpoint.accepts.get(media_type) or (endpoint.accepts.get(ANY_TYPE) if endpoint.body is None else None)
        if reader is not None:
            return reader(request)
        if endpoint.body is None:
            raise UnsupportedMediaType(f"Send the body as {' or '.join(endpoint.accepts)}")
        if not request.body and endpoint.optional_body:
            return self._parts.decoder.body(endpoint.body, {})
        if media_type != JSON:
            raise UnsupportedMediaType(f"Send the body as {' or '.join([JSON, *endpoint.accepts])}")
        if not request.body:
            raise InvalidRequest("The body is empty; send a JSON object")
        return self._parts.decoder.body(endpoint.body, json_documents.parse(request.body), ignored=endpoint.ignored)

    def _encode(self, result: Any, request: Request) -> Reply:
        endpoint = self._endpoint
        override = result if isinstance(result, Reply) else Reply(value=result)
        status = override.status or endpoint.status
        if endpoint.envelope is Envelope.RAW:
            return attrs.evolve(override, status=status)
        if endpoint.envelope is Envelope.NONE:
            return Reply(status=status, headers=override.headers)
        body = msgspec.json.encode(wrap(endpoint.envelope, override.value, self._to_json))
        headers = {"Content-Type": JSON, **override.headers}
        if endpoint.envelope is Envelope.DATA and endpoint.method in ("GET", "PATCH"):
            headers["ETag"] = etag(body)
            if endpoint.method == "GET" and headers["ETag"] in _tags(request, "if-none-match"):
                return Reply(status=304, headers={"ETag": headers["ETag"]})
        return Reply(status=status, body=body, headers=headers)

    def _check_precondition(self, call: Call[Any, Any]) -> None:
        if not self._write or self._reader is None or self._read_json is None:
            return
        wanted = _tags(call.request, "if-match")
        if not wanted or "*" in wanted:
            return
        entity, parameters = self._endpoint.entity, self._endpoint.parameters
        repository = call.unit.repository_named(entity) if entity and parameters else None
        if repository is not None:
            # The record is locked first, so that what is compared is what will be changed. The last parameter is its id; those
            # before it are of what it belongs to.
            repository.get_for_update(call.path[parameters[-1]])
        query = self._parts.decoder.query(self._reader.query, {}) if self._reader.query else None
        current = self._reader.operation(attrs.evolve(call, query=query, body=None))
        if etag(msgspec.json.encode(wrap(Envelope.DATA, current, self._read_json))) not in wanted:
            raise PreconditionFailed("The record was changed in the meantime; read it again and repeat the change")


def _require_storable(request: Request) -> None:
    """Refuse ids that no record can have, before a database has to."""
    for value in request.path.values():
        try:
            json_documents.check_text(value)
        except InvalidRequest as error:
            raise NotFound("No record has such an id") from error


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header.

    Raises:
        Unauthenticated: there is none, or it is not a bearer token (R1).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send an API key or session token: Authorization: Bearer <token>")
    return token.strip()


def failure(error: ConduytError) -> Reply:
    """Return the documented answer for an error (R3)."""
    headers = {"Content-Type": JSON, **error.headers}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Reply(status=error.status, body=msgspec.json.encode(envelope(error)), headers=headers)


def wrap(form: Envelope, value: Any, to_json: ToJson) -> Any:
    """Return the reply's document in its documented envelope."""
    if form is Envelope.BARE:
        return to_json(value)
    if form is Envelope.LIST:
        return {"data": [to_json(item) for item in value]}
    if form is Envelope.DATA:
        return {"data": to_json(value)}
    listing: Listing = value
    meta: dict[str, Any] = {"limit": listing.limit, "nextCursor": listing.next_cursor}
    if listing.page is not None:
        meta = {"page": listing.page, "limit": listing.limit}
        if listing.total is not None:
            meta |= {"total": listing.total, "totalPages": -(-listing.total // listing.limit)}
    return {"data": [to_json(item) for item in listing.items], "meta": meta}


def etag(body: bytes) -> str:
    """Return the entity tag of a single record's reply."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _tags(request: Request, header: str) -> list[str]:
    given = request.headers.get(header)
    return [tag.strip().removeprefix("W/") for tag in given.split(",") if tag.strip()] if given else []


def _encoder_of(endpoint: Endpoint, encoder: Encoder) -> ToJson:
    return encoder.to_json if endpoint.reply is None else encoder.function(endpoint.reply)
