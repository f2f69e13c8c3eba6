"""Who a bearer token belongs to: API keys and session tokens, read with the user's present role (A19, A33, A34)."""

import hmac
from typing import TYPE_CHECKING

from conduyt_kit.features.auth.api_keys import API_KEY, PREFIX, ApiKey
from conduyt_kit.features.auth.credential_cache import CREDENTIAL_CACHE, CredentialCache
from conduyt_kit.features.auth.last_use import LastUse
from conduyt_kit.features.auth.session_tokens import SESSION_TOKENS, SessionTokens
from conduyt_kit.features.auth.sessions import SESSION, Session, session_id
from conduyt_kit.features.auth.settings import AuthSettings
from conduyt_kit.features.users.entities import USER, User
from conduyt_kit.features.users.one_time_tokens import hashed
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.context import SCOPES_OF_ROLE, Actor, Identity, Scope
from conduyt_kit.kernel.errors import Unauthenticated
from conduyt_kit.kernel.query import query, where
from conduyt_kit.kernel.transactions import Storage

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit

_REFUSED = "The API key or session token is not valid"
_LONGEST = 2048


class KitAuthenticator:
    """The kit's own `Authenticator`: two storage calls for a key, one for a session, none while the credential is remembered.

    A user's role, the key's scopes and every end of validity are read anew; changes made through this process count at once,
    those made elsewhere after `AuthSettings.cache_seconds`.
    """

    def __init__(self, kit: "Kit") -> None:
        settings = kit.settings.section(AuthSettings)
        self._kit = kit
        self._clock: Clock = kit.clock
        self._cache: CredentialCache = kit.provider(CREDENTIAL_CACHE)
        self._sessions: SessionTokens = kit.provider(SESSION_TOKENS)
        self._last_use = LastUse(self._storage, kit.clock, settings.last_use_seconds)

    def authenticate(self, token: str) -> Identity:
        if len(token) > _LONGEST or not token.isascii():
            raise Unauthenticated(_REFUSED)
        digest = hashed(token)
        identity = self._cache.get(digest)
        if identity is None:
            identity = self._of_key(digest) if token.startswith(PREFIX) else self._of_session(token)
            self._cache.put(digest, identity)
        if identity.actor.id is not None:
            self._last_use.note(identity.workspace, user=identity.actor.id, key=None if identity.session else identity.credential)
        return identity

    def close(self) -> None:
        """Write the last uses that wait."""
        self._last_use.close()

    def _storage(self) -> Storage:
        # Asked through the environment, which prepares the storage for its entities.
        return self._kit.environment.storage

    def _of_key(self, digest: str) -> Identity:
        for located in self._storage().locate(API_KEY, "key_hash", digest):
            key: ApiKey = located.record
            if not hmac.compare_digest(key.key_hash, digest):
                continue
            if key.expires_at is not None and key.expires_at <= self._clock.now():
                raise Unauthenticated("The API key has expired; make a new one")
            user = self._storage().begin(located.workspace, write=False).get(USER, key.user_id)
            scopes = frozenset(scope for scope in Scope if scope in key.scopes)
            return _identity(located.workspace, user, scopes, credential=key.id, session=None)
        raise Unauthenticated(_REFUSED)

    def _of_session(self, token: str) -> Identity:
        claims = self._sessions.read(token)
        wanted = query(SESSION, where(id=session_id(claims.session), user_id=claims.user), limit=1, include=("user_id",))
        page = self._storage().begin(claims.workspace, write=False).find(SESSION, wanted)
        if not page.items:
            raise Unauthenticated("The session is over; log in again")
        session: Session = page.items[0].record
        if session.expires_at <= self._clock.now():
            raise Unauthenticated("The session is over; log in again")
        user: User | None = page.items[0].related["user_id"]
        return _identity(claims.workspace, user, frozenset(Scope), credential=session.id, session=session.id)


def _identity(workspace: str, user: User | None, scopes: frozenset[Scope], *, credential: str, session: str | None) -> Identity:
    if user is None or user.status != "active":
        raise Unauthenticated(_REFUSED)
    return Identity(
        workspace=workspace,
        actor=Actor(id=user.id, name=user.name),
        scopes=scopes & SCOPES_OF_ROLE[user.role],
        credential=credential,
        session=session,
    )
