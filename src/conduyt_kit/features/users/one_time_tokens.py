"""Tokens that work once, for a limited time: what invitation and reset mails carry (X2, X3)."""

import datetime as dt
import hashlib
import secrets
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.query import AllOf, Compare, Op, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

Purpose = Literal["invitation", "password_reset"]

LIFETIMES: dict[Purpose, dt.timedelta] = {"invitation": dt.timedelta(days=7), "password_reset": dt.timedelta(hours=2)}

REFUSED = "This link is not valid any more; ask for a new one"


@attrs.frozen(kw_only=True)
class OneTimeToken:
    """A token of which only the hash is kept; `used_at` is set by the one redemption that succeeds."""

    id: str
    token_hash: str = attrs.field(repr=False, metadata=stored(secret=True))
    purpose: Purpose
    user_id: str = attrs.field(metadata=stored(ref=ref("user", on_delete=CASCADE)))
    expires_at: dt.datetime
    used_at: dt.datetime | None = None
    created_at: dt.datetime


ONE_TIME_TOKEN: EntitySpec[OneTimeToken] = entity(
    OneTimeToken,
    name="one_time_token",
    new_id=ids.sortable("ott_"),
    indexes=[("user_id", "purpose"), ("expires_at",)],
    locators=["token_hash"],
    events=False,
    audited=False,
    counted=False,
)


@attrs.frozen(kw_only=True)
class FoundToken:
    """A usable token and the workspace it belongs to."""

    workspace: str
    id: str
    user_id: str


class OneTimeTokens:
    """The one-time tokens of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._tokens = unit.repository(ONE_TIME_TOKEN)

    def issue(self, user_id: str, purpose: Purpose) -> str:
        """Make a token and return it; earlier ones of the user for that purpose stop working."""
        secret = secrets.token_urlsafe(32)
        self.revoke(user_id, purpose)
        self._tokens.create(token_hash=hashed(secret), purpose=purpose, user_id=user_id, expires_at=self._unit.now + LIFETIMES[purpose])
        return secret

    def revoke(self, user_id: str, purpose: Purpose) -> None:
        """Make the user's tokens for that purpose stop working."""
        self._tokens.delete_where(where(user_id=user_id, purpose=purpose))

    def redeem(self, id: str) -> None:
        """Use a token up. Of any number of attempts at the same time, one succeeds.

        Raises:
            ValidationFailed: it was used, revoked, or is too old.
        """
        usable = AllOf((Compare("used_at", Op.EQ, None), Compare("expires_at", Op.GT, self._unit.now)))
        if not self._unit.transaction.update(ONE_TIME_TOKEN, id, {"used_at": self._unit.now}, expected=usable):
            raise ValidationFailed.on("token", REFUSED)


def find_token(environment: Environment, secret: str, purpose: Purpose) -> FoundToken:
    """Return the token a link carries, without using it up.

    Raises:
        ValidationFailed: it is unknown, for another purpose, used, revoked, or too old; all in the same words.
    """
    now = environment.clock.now()
    for located in environment.storage.locate(ONE_TIME_TOKEN, "token_hash", hashed(secret)):
        token: OneTimeToken = located.record
        if token.purpose == purpose and token.used_at is None and token.expires_at > now:
            return FoundToken(workspace=located.workspace, id=token.id, user_id=token.user_id)
    raise ValidationFailed.on("token", REFUSED)


def hashed(secret: str) -> str:
    """Return the form in which a high-entropy secret is kept and looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
