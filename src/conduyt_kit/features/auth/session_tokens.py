"""The signed form of a session token: a JWT whose id is looked up, so that it can end before its time (A19)."""

import datetime as dt

import attrs
import jwt

from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.errors import Unauthenticated

ISSUER = "conduyt"
_ALGORITHM = "HS256"


@attrs.frozen(kw_only=True)
class SessionClaims:
    """What a session token says: the user, the workspace, the session's id as the caller knows it."""

    user: str
    workspace: str
    session: str


class SessionTokens:
    """Signs and reads session tokens with the installation's secret key."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def sign(self, claims: SessionClaims, *, issued_at: dt.datetime, expires_at: dt.datetime) -> str:
        """Return the token."""
        payload = {
            "iss": ISSUER,
            "sub": claims.user,
            "ws": claims.workspace,
            "jti": claims.session,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(payload, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> SessionClaims:
        """Return what a token says.

        Raises:
            Unauthenticated: it was not signed here, or its time is over.
        """
        try:
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                # Times are compared with the kit's clock below, not with the machine's.
                options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_iat": False},
            )
            claims = SessionClaims(user=str(payload["sub"]), workspace=str(payload["ws"]), session=str(payload["jti"]))
            over = float(payload["exp"]) <= self._clock.now().timestamp()
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("The session token is not valid") from error
        if over:
            raise Unauthenticated("The session is over; log in again")
        return claims


SESSION_TOKENS: Port[SessionTokens] = Port("session_tokens", "how session tokens are signed")
