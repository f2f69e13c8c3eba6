"""Authentication: accounts, sessions, API keys, and who a bearer token belongs to."""

from conduyt_kit.features.auth.api_keys import API_KEY, ApiKeys, NewKey
from conduyt_kit.features.auth.authenticator import KitAuthenticator
from conduyt_kit.features.auth.sessions import SESSION, Sessions

__all__ = ["API_KEY", "SESSION", "ApiKeys", "KitAuthenticator", "NewKey", "Sessions"]
