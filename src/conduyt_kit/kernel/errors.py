"""The error tree: every failure a caller may meet, with its documented code and HTTP status.

A message says what is wrong and what to do; `details` names fields (in the caller's spelling, camelCase paths such as
``items[0].unitPrice``). Expected failures are never 5xx.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

import attrs


@attrs.frozen
class Detail:
    """One thing wrong with one field of the input."""

    field: str
    message: str


class ConduytError(Exception):
    """Base of all errors the kit raises on purpose.

    Attributes:
        code: the stable wire code.
        status: the HTTP status a transport answers with.
        message: one sentence for people.
        details: what is wrong with which field; often empty.
        headers: what a transport sends along with the answer.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, details: Iterable[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    @classmethod
    def on(cls, field: str, message: str) -> Self:
        """Return the error about one field; `field` in the caller's spelling."""
        return cls(f"{field}: {message}", [Detail(field, message)])


class SpecError(ConduytError):
    """A feature or plugin declares something that cannot work. Raised while the kit is built, never by a request."""


class SettingsError(ConduytError):
    """One or more settings are wrong; `details` has them all, each with its source."""


class PluginError(ConduytError):
    """A plugin cannot be loaded or conflicts with another; the message names plugin, cause and remedy."""


class InvalidRequest(ConduytError):
    """The request is malformed: unparsable body, bad query value (R4)."""

    code = "invalid_request"
    status = 400


class Unauthenticated(ConduytError):
    """No credential, or one that is not valid (any more) (R1)."""

    code = "unauthenticated"
    status = 401


class PermissionDenied(ConduytError):
    """The credential is valid but lacks the scope (R5)."""

    code = "permission_denied"
    status = 403


class NotFound(ConduytError):
    """Nothing of that id in this workspace; what exists elsewhere is not found either (R10)."""

    code = "not_found"
    status = 404

    @classmethod
    def of(cls, entity: str, id: str) -> "NotFound":
        return cls(f"No {entity.replace('_', ' ')} with the id {id!r} exists in this workspace")


class MethodNotAllowed(ConduytError):
    """The path exists, with other methods."""

    code = "method_not_allowed"
    status = 405


class Conflict(ConduytError):
    """The request is well-formed but the record's state does not allow it (A13)."""

    code = "conflict"
    status = 409


class PreconditionFailed(ConduytError):
    """An ``If-Match`` names a version that is not the current one."""

    code = "precondition_failed"
    status = 412


class PayloadTooLarge(ConduytError):
    """The body is larger than the server takes."""

    code = "payload_too_large"
    status = 413


class UnsupportedMediaType(ConduytError):
    """The body has no content type, or one that this endpoint does not take."""

    code = "unsupported_media_type"
    status = 415


class ValidationFailed(ConduytError):
    """The body is JSON but a field is missing, of the wrong type, out of range, or points at nothing (R4)."""

    code = "validation_failed"
    status = 422

    @classmethod
    def of(cls, details: Iterable[Detail]) -> "ValidationFailed":
        found = tuple(details)
        fields = ", ".join(dict.fromkeys(detail.field for detail in found if detail.field))
        return cls(f"The request contains invalid fields: {fields}" if fields else "The request is not valid", found)


class RateLimited(ConduytError):
    """Too many requests by this credential or address (R6); `retry_after` is in seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryFailed(ConduytError):
    """The other side of an outgoing call did not take it (A13)."""

    code = "delivery_failed"
    status = 502


class Unavailable(ConduytError):
    """The server cannot serve right now; a retry may succeed."""

    code = "unavailable"
    status = 503


class StorageUnavailable(Unavailable):
    """The storage backend cannot be reached, or its tables are missing or outdated."""


class Contention(Unavailable):
    """The database gave up on this transaction because of another one (serialisation failure, deadlock); retry it whole."""


class UniqueViolation(ConduytError):
    """A uniqueness rule was broken. The unit of work turns it into `ValidationFailed` on the rule's field (A15)."""

    code = "validation_failed"
    status = 422

    def __init__(self, entity: str, fields: tuple[str, ...]) -> None:
        super().__init__(f"{entity}: {', '.join(fields)} must be unique")
        self.entity = entity
        self.fields = fields


class OverlapViolation(ConduytError):
    """Two records would claim the same time. The unit of work turns it into `Conflict` with the rule's message."""

    code = "conflict"
    status = 409

    def __init__(self, entity: str) -> None:
        super().__init__(f"{entity}: two records would overlap in time")
        self.entity = entity


class ReferenceViolation(ConduytError):
    """A reference points at nothing, or a record that is still referred to was to be deleted.

    `field` is the referring field where the backend can tell.
    """

    code = "conflict"
    status = 409

    def __init__(self, entity: str, field: str | None = None) -> None:
        super().__init__(f"{entity}: a reference{f' ({field})' if field else ''} would point at nothing")
        self.entity = entity
        self.field = field


class LeaseLost(ConduytError):
    """A job's lease went to another worker; what this one did in the current transaction is rolled back."""


class ProviderError(ConduytError):
    """A provider (mail, SMS, billing, storage) failed; `provider` names it."""

    code = "delivery_failed"
    status = 502

    def __init__(self, message: str, provider: str = "") -> None:
        super().__init__(message)
        self.provider = provider


class Temporary(ProviderError):
    """It may work later; `retry_after` in seconds where the provider said so.

    `uncertain` says that it may have worked: the provider's answer was lost, so a retry may do it twice.
    """

    def __init__(self, message: str, provider: str = "", retry_after: float | None = None, *, uncertain: bool = False) -> None:
        super().__init__(message, provider)
        self.retry_after = retry_after
        self.uncertain = uncertain


class Rejected(ProviderError):
    """The provider refuses this request for good; a retry would be refused again."""


class Misconfigured(ProviderError):
    """The provider's settings are wrong; the message names the setting."""


class SignatureInvalid(ProviderError):
    """A callback's signature is missing, wrong or too old."""

    code = "permission_denied"
    status = 403


class Unsupported(ProviderError):
    """The provider lacks this capability."""


def envelope(error: ConduytError) -> Mapping[str, Any]:
    """Return the documented body for an error (R3): ``details`` only where it says something."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        body["details"] = [{"field": detail.field, "message": detail.message} for detail in error.details]
    return {"error": body}
