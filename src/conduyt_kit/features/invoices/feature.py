"""Everything invoices offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec, ProviderSpec
from conduyt_kit.features.invoices.demo import fill
from conduyt_kit.features.invoices.endpoints import ENDPOINTS
from conduyt_kit.features.invoices.entities import INVOICE, PAYMENT
from conduyt_kit.features.invoices.events import InvoicePaid, InvoiceSent, InvoiceVoided, PaymentRecorded, PaymentUnapplied
from conduyt_kit.features.invoices.numbering import INVOICE_NUMBERING, SequentialNumbering
from conduyt_kit.features.invoices.online_payments import ONLINE_PAYMENT, PAYMENT_LINK
from conduyt_kit.features.invoices.service import Invoices

INVOICES = FeatureSpec(
    name="invoices",
    description="Invoices with lines, taxes and payments",
    requires=("workspaces", "contacts"),
    entities=(INVOICE, PAYMENT),
    services=(Invoices,),
    endpoints=(*ENDPOINTS, PAYMENT_LINK),
    events=(InvoiceSent, InvoicePaid, InvoiceVoided, PaymentRecorded, PaymentUnapplied),
    subscriptions=(ONLINE_PAYMENT,),
    providers=(ProviderSpec(port=INVOICE_NUMBERING, name="sequential", make=lambda _: SequentialNumbering(), default=True),),
    demo=DemoSpec(fill=fill),
)
