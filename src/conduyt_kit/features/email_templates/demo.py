"""Sample templates for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.email_templates.service import EmailTemplates
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_TEMPLATES = (
    (
        "Welcome",
        "Welcome to {{workspace.name}}, {{contact.firstName}}!",
        "<h1>Welcome aboard, {{contact.firstName}}!</h1><p>We are glad to have {{contact.company | default: 'you'}} with us.</p>",
    ),
    (
        "First steps",
        "Three things to try this week",
        "<p>Hi {{contact.firstName}},</p><p>Most teams begin with their contacts, one pipeline and a few tasks.</p>",
    ),
    (
        "Check-in",
        "How is it going, {{contact.firstName}}?",
        "<p>Hi {{contact.firstName}},</p><p>Tell us what you miss. Best, {{user.name | default: 'the team'}}</p>",
    ),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create three templates; leaves them in ``shared["email_templates"]``."""
    templates = unit[EmailTemplates]
    shared["email_templates"] = [templates.create(name=name, subject=subject, body_html=html) for name, subject, html in _TEMPLATES]
