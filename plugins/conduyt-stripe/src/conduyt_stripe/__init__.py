"""Billing for Conduyt Kit through Stripe."""
