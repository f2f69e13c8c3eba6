"""Reading ``multipart/form-data`` (RFC 7578): the parts of a form with a file, without interpreting their content."""

from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value

import attrs

from conduyt_kit.kernel.errors import InvalidRequest

MOST_PARTS = 50
_LARGEST_HEAD = 10_000


@attrs.frozen
class Part:
    """One field of a form. `charset` is declared by its content type, or ``None``."""

    name: str
    content: bytes
    charset: str | None

    @property
    def text(self) -> str:
        """Return the content of a field that is no file.

        Raises:
            InvalidRequest: it is not UTF-8.
        """
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidRequest.on(self.name, "Must be UTF-8 text") from error


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a form, in order.

    Raises:
        InvalidRequest: there is no boundary, the body does not end with it, there are too many parts, or one has no name.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if not boundary or not boundary.isascii():
        raise InvalidRequest("The content type of a form needs a boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), MOST_PARTS + 2)
    end = next((at for at, piece in enumerate(pieces) if at and piece.startswith(b"--")), None)
    if end is None:
        raise InvalidRequest(f"The form is cut short, or has more than {MOST_PARTS} parts")
    return [_part(piece) for piece in pieces[1:end]]


def _part(piece: bytes) -> Part:
    head, blank_line, content = piece.partition(b"\r\n\r\n")
    if not blank_line or len(head) > _LARGEST_HEAD:
        raise InvalidRequest("A part of the form has no header, or one that is too large")
    header = BytesHeaderParser().parsebytes(head.lstrip(b" \t\r\n") + b"\r\n\r\n")
    name = header.get_param("name", header="content-disposition")
    if name is None:
        raise InvalidRequest("A part of the form has no name")
    return Part(collapse_rfc2231_value(name), content, header.get_content_charset())
