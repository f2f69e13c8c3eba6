"""Invoices as PDF, set by Typst."""
