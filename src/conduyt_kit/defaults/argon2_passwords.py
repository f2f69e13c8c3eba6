"""Passwords by argon2id with the parameters of RFC 9106's low-memory profile."""

import argon2
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """A `PasswordHasher`; `cheap` uses parameters that protect nothing, for tests."""

    def __init__(self, *, cheap: bool = False) -> None:
        profile = argon2.profiles.CHEAPEST if cheap else argon2.profiles.RFC_9106_LOW_MEMORY
        self._hasher = argon2.PasswordHasher.from_parameters(profile)
        self._some_hash = self._hasher.hash("a password nobody has")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hashed: str) -> bool:
        return self._hasher.check_needs_rehash(hashed)

    def waste(self) -> None:
        self.verify(self._some_hash, "another password")
