"""API keys (R2, X1): made by a user, never stronger than that user's role, shown once."""

import datetime as dt
import secrets
from collections.abc import Iterable

import attrs

from conduyt_kit.features.auth.credential_cache import forget_with
from conduyt_kit.features.users.entities import USER
from conduyt_kit.features.users.one_time_tokens import hashed
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import SCOPES_OF_ROLE, Scope
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Name

PREFIX = "cdy_"
_SHOWN = len(PREFIX) + 6


@attrs.frozen(kw_only=True)
class ApiKey:
    """A key of which only the hash and the first letters are kept."""

    id: str
    name: Name
    prefix: str
    key_hash: str = attrs.field(repr=False, metadata=stored(secret=True))
    scopes: list[str]
    user_id: str = attrs.field(metadata=stored(ref=ref("user", on_delete=CASCADE)))
    last_used_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    expires_at: dt.datetime | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


API_KEY: EntitySpec[ApiKey] = entity(
    ApiKey,
    name="api_key",
    new_id=ids.sortable("key_"),
    unique=[Unique(fields=("key_hash",), field="key", message="This key exists already")],
    indexes=[("-created_at",), ("user_id",)],
    locators=["key_hash"],
    sort=("-created_at",),
    sortable=("name", "last_used_at"),
    events=False,
)


@attrs.frozen(kw_only=True)
class NewKey:
    """A key just made; `key` cannot be had again."""

    row: ApiKey
    key: str = attrs.field(repr=False)


class ApiKeys:
    """The API keys of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._keys = unit.repository(API_KEY)

    def create(
        self,
        *,
        user_id: str,
        name: str,
        scopes: Iterable[str] | None = None,
        expires_at: dt.datetime | None = None,
        allowed: frozenset[Scope] | None = None,
    ) -> NewKey:
        """Make a key for a user.

        Args:
            user_id: the user for whom the key acts (A33).
            name: what people call it.
            scopes: what it may do; everything allowed when omitted.
            expires_at: when it stops working; never when omitted.
            allowed: what the maker's own credential may do, if less than the role: a key cannot make a stronger one.

        Raises:
            NotFound: no such user.
            ValidationFailed: scopes beyond what is allowed, or none; an expiry that is over.
        """
        user = self._unit.repository(USER).get(user_id)
        most = SCOPES_OF_ROLE[user.role] if allowed is None else SCOPES_OF_ROLE[user.role] & allowed
        if expires_at is not None and expires_at <= self._unit.now:
            raise ValidationFailed.on("expiresAt", "Must be in the future")
        secret = PREFIX + secrets.token_urlsafe(32)
        row = self._keys.create(
            name=name,
            prefix=secret[:_SHOWN],
            key_hash=hashed(secret),
            scopes=_checked(scopes, most),
            user_id=user.id,
            expires_at=expires_at,
        )
        return NewKey(row=row, key=secret)

    def revoke(self, id: str) -> None:
        """Delete a key; it is refused from the next request on.

        Raises:
            NotFound: no such key.
        """
        self._keys.remove(self._keys.get_for_update(id))
        forget_with(self._unit)


def _checked(wanted: Iterable[str] | None, allowed: frozenset[Scope]) -> list[str]:
    asked = [scope.value for scope in Scope if scope in allowed] if wanted is None else list(dict.fromkeys(wanted))
    beyond = [scope for scope in asked if scope not in allowed]
    if beyond:
        raise ValidationFailed.on("scopes", f"Beyond what you may do yourself: {', '.join(beyond)}")
    if not asked:
        raise ValidationFailed.on("scopes", f"Must have at least one of {', '.join(scope for scope in Scope if scope in allowed)}")
    return asked
