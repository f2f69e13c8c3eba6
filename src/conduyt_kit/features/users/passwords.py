"""What a password may be (R104): long enough, not absurdly long, none of the first that anybody would try. No composition rules."""

import unicodedata
from typing import Annotated

from conduyt_kit.features.users.common_passwords import COMMON_PASSWORDS
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.values import Rule

SHORTEST = 8
MOST_BYTES = 1024
"""A longer one is refused before it is hashed, since hashing it would cost the server more than sending it cost the caller."""


def normal(password: str) -> str:
    """Return the password as it is hashed: NFC, so that the same letters typed on another system are the same password."""
    return unicodedata.normalize("NFC", password)


def too_long(password: str) -> bool:
    """Whether the password is longer than any that is ever hashed."""
    return len(password) > MOST_BYTES or len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES


def check_new_password(value: str) -> str:
    """Return a password that is being set, normalised.

    Raises:
        ValueError: it is too short, too long, or one of the first that anybody would try.
    """
    if too_long(value):
        raise ValueError(f"Must have at most {MOST_BYTES} bytes")
    password = normal(value)
    if len(password) < SHORTEST:
        raise ValueError(f"Must have at least {SHORTEST} characters")
    if ids.fold(password) in COMMON_PASSWORDS or len(set(password)) < 3:
        raise ValueError("Is one of the passwords that are tried first; choose another")
    return password


NewPassword = Annotated[str, Rule("new_password", check_new_password, {"minLength": SHORTEST, "format": "password"})]
"""A password being set; comes out normalised."""


def refuse_own_words(password: str, *, name: str, email: str) -> None:
    """Refuse a password that is the user's own name or address.

    Raises:
        ValidationFailed: on ``password``.
    """
    words = {ids.fold(word).replace(" ", "") for word in (name, email, email.partition("@")[0], email.partition("@")[2])}
    if ids.fold(password).replace(" ", "") in words:
        raise ValidationFailed.on("password", "Must not be your own name or address")
