"""Webhooks: events told to the workspace's own receivers, signed by the Standard Webhooks specification."""

from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY, Webhook, WebhookDelivery
from conduyt_kit.features.webhooks.service import Webhooks

__all__ = ["WEBHOOK", "WEBHOOK_DELIVERY", "Webhook", "WebhookDelivery", "Webhooks"]
