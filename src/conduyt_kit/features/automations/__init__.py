"""Automations: n8n webhooks that are called when an event happens, and events that callers make up."""

from conduyt_kit.features.automations.entities import AUTOMATION, AUTOMATION_RUN, Automation, AutomationRun
from conduyt_kit.features.automations.service import Automations

__all__ = ["AUTOMATION", "AUTOMATION_RUN", "Automation", "AutomationRun", "Automations"]
