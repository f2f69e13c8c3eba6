"""Billing: the workspace's subscription, what its plan includes, and payments made online."""

from conduyt_kit.features.billing.accounts import BillingAccounts
from conduyt_kit.features.billing.checkouts import Checkouts
from conduyt_kit.features.billing.entities import BILLING_ACCOUNT, CHECKOUT_ATTEMPT, BillingAccount, CheckoutAttempt
from conduyt_kit.features.billing.short_units import ShortUnits

__all__ = ["BILLING_ACCOUNT", "CHECKOUT_ATTEMPT", "BillingAccount", "BillingAccounts", "CheckoutAttempt", "Checkouts", "ShortUnits"]
