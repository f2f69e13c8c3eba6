"""Turning documents into PDF."""

import datetime as dt
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs
import msgspec

from conduyt_kit.kernel.environment import Port
from conduyt_typst.document import Document
from conduyt_typst.settings import TypstSettings

if TYPE_CHECKING:
    import typst

_TEMPLATE = Path(__file__).with_name("invoice.typ")


class InvoiceRenderer(Protocol):
    """Makes the file that recipients of invoices get. Thread-safe."""

    def pdf(self, document: Document, *, at: dt.datetime) -> bytes:
        """Return the PDF, stamped with that time, to the second: the same document and time give the same bytes."""


class TypstRenderer:
    """Sets documents with the template of this package."""

    def __init__(self, settings: TypstSettings) -> None:
        self._settings = settings
        self._template = _TEMPLATE.read_bytes()
        self._fonts: typst.Fonts | None = None
        self._lock = threading.Lock()

    def pdf(self, document: Document, *, at: dt.datetime) -> bytes:
        # Typst is 84 MB of fonts and code, and only needed here.
        import typst

        # Its type cannot be said of bytes and fonts together.
        compile: Any = typst.compile
        return cast(
            "bytes",
            compile(
                self._template,
                root=_TEMPLATE.parent,
                format="pdf",
                font_paths=self._searched(),
                sys_inputs={"document": msgspec.json.encode(attrs.asdict(document)).decode(), "font": self._settings.font},
                timestamp=at.replace(microsecond=0),
            ),
        )

    def _searched(self) -> "typst.Fonts":
        """Return the fonts, searched once: looking through the system's folders costs more than setting a page."""
        import typst

        with self._lock:
            if self._fonts is None:
                folders = [self._settings.fonts] if self._settings.fonts else []
                self._fonts = typst.Fonts(font_paths=folders)
            return self._fonts


INVOICE_RENDERER: Port[InvoiceRenderer] = Port("invoice_renderer", "how invoices become PDF files")
