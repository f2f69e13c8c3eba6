"""Sessions: one row per login, so that a signed token can be ended before its time (A19)."""

import datetime as dt
import secrets

import attrs

from conduyt_kit.features.auth.credential_cache import forget_with
from conduyt_kit.features.auth.session_tokens import SESSION_TOKENS, SessionClaims
from conduyt_kit.features.auth.settings import AuthSettings
from conduyt_kit.features.users.entities import USER, User
from conduyt_kit.features.users.one_time_tokens import hashed
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


@attrs.frozen(kw_only=True)
class Session:
    """A login that has not ended. `id` is the hash of the id in the token, so that the table alone opens nothing."""

    id: str
    user_id: str = attrs.field(metadata=stored(ref=ref("user", on_delete=CASCADE)))
    expires_at: dt.datetime
    created_at: dt.datetime


SESSION: EntitySpec[Session] = entity(
    Session,
    name="session",
    indexes=[("user_id",), ("expires_at",)],
    events=False,
    audited=False,
    counted=False,
)


class Sessions:
    """The sessions of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._sessions = unit.repository(SESSION)

    def begin(self, user: User) -> str:
        """Begin a session and return its token; logged as the user's login, who counts as active now (R93, R102)."""
        secret = secrets.token_urlsafe(24)
        expires_at = self._unit.now + self._unit.settings(AuthSettings).session_lifetime
        self._sessions.create(id=session_id(secret), user_id=user.id, expires_at=expires_at)
        self._unit.log("user", user.id, "login")
        self._unit.repository(USER).update_where(where(id=user.id), last_active_at=self._unit.now)
        claims = SessionClaims(user=user.id, workspace=self._unit.context.workspace, session=secret)
        return self._unit.provider(SESSION_TOKENS).sign(claims, issued_at=self._unit.now, expires_at=expires_at)

    def end(self, id: str) -> None:
        """End one session; others of the user live on (R105)."""
        self._sessions.delete_where(where(id=id))
        forget_with(self._unit)

    def end_all(self, user_id: str, *, but: str | None = None) -> None:
        """End the user's sessions, except the one with the id `but`."""
        self._sessions.delete_where(both(where(user_id=user_id), Compare("id", Op.NE, but) if but else None))
        forget_with(self._unit)


def session_id(secret: str) -> str:
    """Return the id of the row of a session, by the id that its token carries."""
    return f"ses_{hashed(secret)[:40]}"
