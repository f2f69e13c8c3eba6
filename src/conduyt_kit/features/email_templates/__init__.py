"""Reusable e-mails with merge fields, rendered for one contact at a time."""

from conduyt_kit.features.email_templates.entities import EMAIL_TEMPLATE, EmailTemplate
from conduyt_kit.features.email_templates.recipients import Recipient
from conduyt_kit.features.email_templates.rendering import Rendered
from conduyt_kit.features.email_templates.service import EmailTemplates

__all__ = ["EMAIL_TEMPLATE", "EmailTemplate", "EmailTemplates", "Recipient", "Rendered"]
