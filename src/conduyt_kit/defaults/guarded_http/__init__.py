"""Outgoing HTTP that never reaches inside: standard library only."""

from conduyt_kit.defaults.guarded_http.posting import GuardedHttp
from conduyt_kit.defaults.guarded_http.settings import WEBHOOK_SETTINGS, WebhookSettings

__all__ = ["WEBHOOK_SETTINGS", "GuardedHttp", "WebhookSettings"]
