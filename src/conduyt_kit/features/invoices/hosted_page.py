"""The page on which the recipient reads an invoice: a complete HTML document, without scripts, fit to print."""

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from conduyt_kit.features.invoices.entities import Invoice, LineItem, Payment
from conduyt_kit.kernel.query import Loaded

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8;margin:0}
main{max-width:46rem;margin:2rem auto;background:#fff;padding:2rem;border-radius:10px;box-shadow:0 1px 4px #0002}
h1{margin:0 0 .2rem;font-size:1.6rem}
.muted{color:#5b6675}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:1rem;background:#e4e9ef}
table{width:100%;border-collapse:collapse;margin:1.5rem 0}
th,td{padding:.5rem .4rem;text-align:left;border-bottom:1px solid #e4e9ef}
.number{text-align:right;white-space:nowrap}
tfoot td{border:0;padding:.2rem .4rem}
tfoot tr.total td{font-weight:600;border-top:2px solid #1c2430}
@media(max-width:34rem){main{margin:0;border-radius:0;padding:1rem}.optional{display:none}}
@media print{body{background:#fff}main{box-shadow:none;margin:0;max-width:none}}
"""


def hosted_page(found: Loaded[Invoice], *, workspace_name: str, status: str) -> str:
    """Return the HTML of an invoice; every text from the database is escaped."""
    invoice, payments = found.record, found.related["payments"]
    name = f"{invoice.contact_first_name} {invoice.contact_last_name}".strip()
    money = _Money(invoice.currency)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{escape(invoice.invoice_number)}</title><style>{_STYLE}</style></head>
<body><main>
<p class="muted">{escape(workspace_name)}</p>
<h1>Invoice {escape(invoice.invoice_number)}</h1>
<p><span class="badge">{escape(status)}</span> due {invoice.due_date.isoformat()}</p>
<p>For {escape(name)}</p>
<table><thead><tr><th>Description</th><th class="number optional">Quantity</th><th class="number optional">Unit price</th>
<th class="number">Amount</th></tr></thead>
<tbody>{"".join(_line(item, money) for item in invoice.items)}</tbody>
<tfoot>{_sums(invoice, money)}</tfoot></table>
{_payments(payments, money)}{_notes(invoice.notes)}
</main></body></html>"""


class _Money:
    def __init__(self, currency: str) -> None:
        self._currency = escape(currency)

    def __call__(self, amount: Decimal) -> str:
        return f"{amount:,.2f}&nbsp;{self._currency}"


def _line(item: LineItem, money: _Money) -> str:
    return (
        f'<tr><td>{escape(item.description)}</td><td class="number optional">{item.quantity.normalize():f}</td>'
        f'<td class="number optional">{money(item.unit_price)}</td><td class="number">{money(item.amount)}</td></tr>'
    )


def _sums(invoice: Invoice, money: _Money) -> str:
    percent = f"{(invoice.tax_rate * 100).normalize():f}"
    rows = [("Subtotal", invoice.subtotal, ""), (f"Tax ({percent} %)", invoice.tax_amount, ""), ("Total", invoice.total, "total")]
    if invoice.amount_paid:
        rows += [("Paid", invoice.amount_paid, ""), ("Open", invoice.balance, "total")]
    return "".join(
        f'<tr class="{kind}"><td colspan="3">{escape(label)}</td><td class="number">{money(amount)}</td></tr>'
        for label, amount, kind in rows
    )


def _payments(payments: Iterable[Payment], money: _Money) -> str:
    rows = "".join(f"<li>{payment.recorded_at.date().isoformat()}: {money(payment.amount)}</li>" for payment in payments)
    return f"<h2>Payments</h2><ul>{rows}</ul>" if rows else ""


def _notes(notes: str | None) -> str:
    return f'<p class="muted">{escape(notes).replace(chr(10), "<br>")}</p>' if notes else ""
