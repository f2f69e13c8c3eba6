"""Invoices: what contacts owe, and what they paid."""

from conduyt_kit.features.invoices.entities import INVOICE, PAYMENT, Invoice, LineItem, Payment
from conduyt_kit.features.invoices.numbering import INVOICE_NUMBERING, InvoiceNumbering
from conduyt_kit.features.invoices.service import Invoices

__all__ = ["INVOICE", "INVOICE_NUMBERING", "PAYMENT", "Invoice", "InvoiceNumbering", "Invoices", "LineItem", "Payment"]
