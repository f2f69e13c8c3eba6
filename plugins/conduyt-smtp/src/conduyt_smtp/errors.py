"""What a mail server or the way to it answers, as the port's errors, in words a person understands."""

import re
import smtplib
import ssl

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary

PROVIDER = "smtp"
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REASONS = {
    "1.1": "there is no such mailbox",
    "1.2": "there is no such domain",
    "1.3": "the address is malformed",
    "1.6": "the mailbox has moved",
    "1.10": "the domain takes no mail",
    "2.1": "the mailbox is disabled",
    "2.2": "the mailbox is full",
    "2.3": "the message is too large for the mailbox",
    "3.4": "the message is too large",
    "7.1": "the server's rules do not allow this message",
    "7.26": "the sender's domain fails the checks of SPF and DKIM",
}
_REASONS_OF_CODES = {550: "the mailbox does not exist or does not take this message", 552: "the mailbox is full or the message too large"}
_CREDENTIALS = (530, 534, 535, 538)


def translate(error: Exception, *, host: str) -> ProviderError:
    """Return the port's error for one of smtplib, ssl or the socket."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Misconfigured(
            f"The certificate of {host} cannot be trusted ({error.verify_message}); correct CONDUYT_SMTP_HOST, or name the authority in"
            " CONDUYT_SMTP_CA_FILE",
            PROVIDER,
        )
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return Misconfigured(f"{host} does not speak TLS on this port; correct CONDUYT_SMTP_SECURITY or CONDUYT_SMTP_PORT", PROVIDER)
    if isinstance(error, UnicodeError):
        return Misconfigured("A login over SMTP takes ASCII only; change CONDUYT_SMTP_USERNAME or CONDUYT_SMTP_PASSWORD", PROVIDER)
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        return _unsupported(error, host)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _answer("the recipient", code, text)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _sender_refused(error)
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return Misconfigured("The mail server refuses the login; correct CONDUYT_SMTP_USERNAME and CONDUYT_SMTP_PASSWORD", PROVIDER)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError) and error.smtp_code >= 500:
        return Misconfigured(f"{host} does not serve us ({_said(error.smtp_code, error.smtp_error)}); correct CONDUYT_SMTP_HOST", PROVIDER)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer("the message", error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return Temporary(f"The mail server {host} does not answer in time", PROVIDER)
    return Temporary(f"The mail server {host} cannot be reached: {error}", PROVIDER)


def answer_lost(why: object, *, host: str) -> Temporary:
    """Return the error for a message that the server was given, where nobody knows whether it took it."""
    return Temporary(f"The mail server {host} was given the message but its answer was lost: {why}", PROVIDER, uncertain=True)


def _answer(what: str, code: int, text: bytes | str) -> ProviderError:
    said = _said(code, text)
    if code in _CREDENTIALS:
        return Misconfigured(f"The mail server wants a login ({said}); set CONDUYT_SMTP_USERNAME and CONDUYT_SMTP_PASSWORD", PROVIDER)
    if 500 <= code < 600 and "relay" in said.lower():
        return Misconfigured(f"The mail server does not send mail for us ({said}); set CONDUYT_SMTP_USERNAME, or allow us there", PROVIDER)
    if 500 <= code < 600:
        return Rejected(f"The mail server refuses {what}: {_reason(code, said)} ({said})", PROVIDER)
    return Temporary(f"The mail server does not take {what} now ({said})", PROVIDER)


def _sender_refused(error: smtplib.SMTPSenderRefused) -> ProviderError:
    if error.smtp_code == 552 or error.smtp_code < 500 or error.smtp_code in _CREDENTIALS:
        return _answer("the message", error.smtp_code, error.smtp_error)
    said = _said(error.smtp_code, error.smtp_error)
    return Misconfigured(f"The mail server refuses the sender {error.sender} ({said}); correct CONDUYT_MAIL_FROM", PROVIDER)


def _unsupported(error: Exception, host: str) -> ProviderError:
    text = str(error)
    if "STARTTLS" in text:
        return Misconfigured(f"{host} offers no STARTTLS on this port; correct CONDUYT_SMTP_SECURITY or CONDUYT_SMTP_PORT", PROVIDER)
    if "UTF8" in text:
        return Rejected("The mail server takes no addresses with letters beyond ASCII before the @", PROVIDER)
    return Misconfigured(f"{host} takes no login; correct CONDUYT_SMTP_SECURITY or leave CONDUYT_SMTP_USERNAME empty", PROVIDER)


def _reason(code: int, said: str) -> str:
    found = _ENHANCED.search(said)
    detail = _REASONS.get(f"{found[2]}.{found[3]}") if found else None
    return detail or _REASONS_OF_CODES.get(code, "it gives no known reason")


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:200]
