"""The port that hashes passwords."""

from typing import Protocol

from conduyt_kit.kernel.environment import Port


class PasswordHasher(Protocol):
    """A slow salted hash (R104). Thread-safe."""

    def hash(self, password: str) -> str:
        """Return a hash that holds its own salt and parameters."""

    def verify(self, hashed: str, password: str) -> bool:
        """Whether the password is the hashed one; False too for a text that is no hash."""

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with weaker parameters than today's and should be renewed at the next login."""

    def waste(self) -> None:
        """Take as long as `verify`, so that an unknown address answers as slowly as a wrong password (R102)."""


PASSWORD_HASHER: Port[PasswordHasher] = Port("passwords", "how passwords are hashed")
