"""send_email: a template to the contact, as a stored message (R159); never to whoever unsubscribed (X17)."""

import html
import re
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.email_templates import EmailTemplate, EmailTemplates, Rendered
from conduyt_kit.features.email_templates.merge_fields import paths
from conduyt_kit.features.email_templates.recipients import UNSUBSCRIBE_URL
from conduyt_kit.features.messages import Messages, unsubscribe_url
from conduyt_kit.features.workflows.actions.subjects import subject_id
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Id

_LONGEST_DELAY = 60 * 24 * 366
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class SendEmail:
    """What is sent, and how long after the action before it."""

    template_id: Id
    delay: Annotated[int, Meta(ge=0, le=_LONGEST_DELAY, description="Minutes to wait; 0 is at once")] = 0


def run(unit: UnitOfWork, config: SendEmail, context: Mapping[str, Any]) -> Mapping[str, Any]:
    templates, caller = unit[EmailTemplates], context["run"]
    template = templates.get(config.template_id)
    recipient = templates.recipient(subject_id(context, "contact"))
    contact = recipient.contact
    if not contact.email:
        raise Conflict("The contact has no e-mail address")
    link = unsubscribe_url(unit, contact.id, caller["workflowId"])
    mail = _with_link(templates.render(template, recipient, more={UNSUBSCRIBE_URL: link}), template, link)
    message = unit[Messages].send_email(
        contact_id=contact.id,
        subject=mail.subject,
        html=mail.body_html,
        text=mail.body_text,
        origin=f"workflow:{caller['id']}:{caller['number']}",
        list_unsubscribe_url=link,
    )
    if message is None:
        return {"messageId": None, "recipient": contact.email, "skipped": "The contact must not be written to"}
    return {"messageId": message.id, "recipient": contact.email}


def _with_link(mail: Rendered, template: EmailTemplate, link: str) -> Rendered:
    """Return a mail that ends in the link, unless the template places it itself."""
    body, text = mail.body_html, mail.body_text
    if UNSUBSCRIBE_URL not in paths(template.body_html):
        ends = list(_BODY_END.finditer(body))
        at = ends[-1].start() if ends else len(body)
        body = f'{body[:at]}<p><a href="{html.escape(link)}">Unsubscribe</a></p>{body[at:]}'
    if UNSUBSCRIBE_URL not in paths(template.body_text):
        text = f"{text}\n\nUnsubscribe: {link}"
    return Rendered(subject=mail.subject, body_html=body, body_text=text)


SEND_EMAIL = ActionSpec(
    name="send_email", description="Send a template to the contact, at once or after a delay.", config=SendEmail, run=run
)
