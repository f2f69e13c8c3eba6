"""The port that finds out who a bearer token belongs to.

The kit's own implementation (feature ``auth``) knows API keys and session tokens. An embedding team that has its own users and
sessions provides another.
"""

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.responder import Authenticator

__all__ = ["AUTHENTICATOR", "Authenticator"]

AUTHENTICATOR: Port[Authenticator] = Port("authentication", "who a bearer token belongs to")
