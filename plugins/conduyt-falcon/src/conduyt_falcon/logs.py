"""Log lines: each carries its request's id, and one event is one line whatever a client sent."""

import contextvars
import datetime as dt
import logging
import re

import msgspec

REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("conduyt_request_id", default="")
"""The id of the request that this thread or task is answering."""

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,128}")


def accepted_request_id(given: str | None) -> str | None:
    """Return a caller's request id if it is safe to repeat in headers and logs, else ``None``."""
    return given if given and _ACCEPTED.fullmatch(given) else None


class RequestIdFilter(logging.Filter):
    """Sets ``request_id`` on every record, for formats that show it; add it to the handlers of an embedding application."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; control characters are escaped, so nothing a client sends can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            line["requestId"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line.update(fields)
        return escaped(msgspec.json.encode(line).decode())


def escaped(text: str) -> str:
    """Return JSON text without the characters that JSON allows raw but terminals and line readers act on."""
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_ACTIVE = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
