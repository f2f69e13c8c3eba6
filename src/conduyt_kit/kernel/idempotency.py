"""Safe retries: the first answer to a POST with an ``Idempotency-Key`` is kept with its effect and replayed (rules, part f)."""

import base64
import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import attrs

from conduyt_kit.kernel.context import Identity
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.errors import Conflict, InvalidRequest, ValidationFailed
from conduyt_kit.kernel.fields import stored

if TYPE_CHECKING:
    from conduyt_kit.kernel.endpoints import Request
    from conduyt_kit.kernel.unit_of_work import UnitOfWork

KEPT_FOR = dt.timedelta(hours=72)
LONGEST_KEY = 255


@attrs.frozen(kw_only=True)
class IdempotentReply:
    """A kept answer. `id` is a hash of credential, method, path and key; `fingerprint` one of the body.

    `body` is base 64, or ``None`` where the answer held a secret that must not be kept.
    """

    id: str
    fingerprint: str = attrs.field(metadata=stored(hidden=True))
    status: int
    body: str | None = attrs.field(default=None, metadata=stored(secret=True))
    content_type: str = "application/json"
    created_at: dt.datetime


IDEMPOTENT_REPLY: EntitySpec[IdempotentReply] = entity(
    IdempotentReply,
    name="idempotent_reply",
    plural="idempotent_replies",
    indexes=[("created_at",)],
    events=False,
    audited=False,
    counted=False,
)


@attrs.frozen
class IdempotencyKey:
    """The place of one request's answer."""

    id: str
    fingerprint: str

    @classmethod
    def of(cls, request: "Request", identity: Identity) -> "IdempotencyKey | None":
        """Return the key of a request, or ``None`` when it carries none.

        Raises:
            InvalidRequest: the header is empty or too long.
        """
        given = request.headers.get("idempotency-key")
        if given is None:
            return None
        if not 0 < len(given) <= LONGEST_KEY:
            raise InvalidRequest(f"Idempotency-Key must have 1 to {LONGEST_KEY} characters")
        scope = f"{identity.credential}\n{request.method}\n{request.target.partition('?')[0]}\n{given}"
        body = hashlib.sha256(request.headers.get("content-type", "").encode() + b"\n" + request.body)
        return cls(hashlib.sha256(scope.encode("utf-8", "surrogatepass")).hexdigest(), body.hexdigest())

    def kept(self, unit: "UnitOfWork") -> IdempotentReply | None:
        """Return the answer already given, holding a lock so that a second request cannot run the operation meanwhile.

        Raises:
            Conflict: a request with this key is still being answered, or its answer held a secret and was not kept.
            ValidationFailed: the key was used with another body.
        """
        if not unit.lock(f"idempotency:{self.id}", wait=False):
            raise Conflict("A request with this Idempotency-Key is still being answered; try again in a moment")
        repository = unit.repository(IDEMPOTENT_REPLY)
        found = repository.find(self.id)
        if found is None:
            return None
        if found.created_at < unit.now - KEPT_FOR:
            repository.remove(found)
            return None
        if found.fingerprint != self.fingerprint:
            raise ValidationFailed.on("Idempotency-Key", "This key was used with another request body; use a new key")
        if found.body is None:
            raise Conflict("This request was already carried out; its answer held a secret that is shown only once")
        return found

    def keep(self, unit: "UnitOfWork", *, status: int, body: bytes | None, content_type: str) -> None:
        """Keep the answer with the unit's other writes."""
        text = None if body is None else base64.b64encode(body).decode()
        unit.repository(IDEMPOTENT_REPLY).add(
            IdempotentReply(
                id=self.id, fingerprint=self.fingerprint, status=status, body=text, content_type=content_type, created_at=unit.now
            )
        )


def body_of(reply: IdempotentReply) -> bytes:
    """Return the kept body."""
    return base64.b64decode(reply.body or "")
