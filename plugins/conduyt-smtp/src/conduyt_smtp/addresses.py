"""Addresses: one mailbox out of a header value, with an internationalised domain in its ASCII form."""

import attrs
import email_validator

from conduyt_kit.kernel.errors import Rejected
from conduyt_smtp.headers import quoted


@attrs.frozen(kw_only=True)
class Mailbox:
    """An address with its display name. `needs_utf8` says that its local part cannot be written in ASCII (RFC 6531)."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        return not self.local.isascii()

    def header(self, field: str) -> str:
        """Return the value of an address header."""
        return f"{quoted(field, self.name)} <{self.address}>" if self.name else self.address


def mailbox(text: str, what: str) -> Mailbox:
    """Return the one mailbox of ``user@host`` or ``Name <user@host>``.

    Raises:
        Rejected: it is none, or several; `what` names it in the message.
    """
    text = text.strip()
    name, address = "", text
    if text.endswith(">") and "<" in text:
        name, _, address = text[:-1].rpartition("<")
        name = _unquoted(name.strip())
        if "<" in name or ">" in name:
            raise Rejected(f"The {what} {text!r} is not one e-mail address: it has several", "smtp")
    try:
        # Whether mail can be delivered there is the mail server's to say, and a private domain is as good as any.
        checked = email_validator.validate_email(
            address.strip(), check_deliverability=False, test_environment=True, globally_deliverable=False
        )
    except email_validator.EmailNotValidError as error:
        raise Rejected(f"The {what} {text!r} is not one e-mail address: {error}", "smtp") from error
    return Mailbox(name=name, local=checked.local_part, domain=checked.ascii_domain)


def _unquoted(name: str) -> str:
    if len(name) >= 2 and name[0] == name[-1] == '"':
        return name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return name
