"""``GET /invoices/:id/pdf``."""

import re
from typing import Any
from urllib.parse import quote

from conduyt_kit.extension import Endpoint
from conduyt_kit.features.invoices import Invoices
from conduyt_kit.features.invoices.lifecycle import shown_status
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Envelope, Reply
from conduyt_kit.kernel.errors import NotFound
from conduyt_typst.document import document_of
from conduyt_typst.rendering import INVOICE_RENDERER


def show_pdf(call: Call[Any, Any]) -> Reply:
    unit = call.unit
    if unit.repository_named("invoice") is None:
        raise NotFound("This installation has no invoices")
    found = unit[Invoices].get(call.path["id"])
    invoice = found.record
    document = document_of(
        invoice,
        found.related["payments"],
        workspace=unit[Workspaces].current().name,
        status=shown_status(invoice, unit.now),
    )
    body = unit.provider(INVOICE_RENDERER).pdf(document, at=invoice.updated_at)
    headers = {"Content-Type": "application/pdf", "Content-Disposition": disposition(f"{invoice.invoice_number}.pdf")}
    return Reply(body=body, headers=headers)


def disposition(name: str) -> str:
    """Return the header that names a file to save (RFC 6266): a plain name, and the true one where they differ."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    true = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{true}'


INVOICE_PDF = Endpoint(
    method="GET",
    path="/invoices/:id/pdf",
    section="Invoices",
    summary="Return an invoice as a PDF file.",
    operation=show_pdf,
    scope=Scope.READ,
    envelope=Envelope.RAW,
    errors=(404,),
    extension=True,
)
