"""The port for links that open one record without a login: a hosted invoice, a calendar feed, an unsubscribe page.

A token names workspace, purpose and record, and proves that this installation made it. It cannot be guessed, cannot be used for
another purpose or record, and needs no row in the database; it ends when the record does, or when the secret key changes.
"""

from typing import Protocol

import attrs

from conduyt_kit.kernel.environment import Port


@attrs.frozen(kw_only=True)
class SignedRecord:
    """What a token names."""

    workspace: str
    id: str


class SignedLinks(Protocol):
    """Makes and reads such tokens. Thread-safe."""

    def token(self, purpose: str, *, workspace: str, id: str) -> str:
        """Return a token, safe in a URL's path, at most 400 characters for ids of the documented forms."""

    def url(self, path: str, purpose: str, *, workspace: str, id: str) -> str:
        """Return the link under the public URL: `path` with ``{token}`` replaced."""

    def read(self, token: str, purpose: str) -> SignedRecord:
        """Return what a token names.

        Raises:
            NotFound: the token was not made by this installation for this purpose.
        """


SIGNED_LINKS: Port[SignedLinks] = Port("signed_links", "links that open one record without a login")
