"""The e-mail of a step: the rendered template, a way to leave the sequence, and tracking where the workspace turned it on."""

import html
import re

import attrs

from conduyt_kit.features.email_sequences.tracking import image_url, link_url
from conduyt_kit.features.email_templates import EmailTemplate, EmailTemplates, Recipient
from conduyt_kit.features.email_templates.markup import Kind, parts
from conduyt_kit.features.email_templates.merge_fields import paths
from conduyt_kit.features.email_templates.recipients import UNSUBSCRIBE_URL
from conduyt_kit.kernel.unit_of_work import UnitOfWork

MOST_LINKS = 200
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Letter:
    """What is sent; `links` are the addresses that its tracked links lead to, in order."""

    subject: str
    html: str
    text: str
    links: list[str]


def letter(
    unit: UnitOfWork, template: EmailTemplate, recipient: Recipient, *, subject: str | None, email_id: str, unsubscribe: str
) -> Letter:
    """Return a template as the e-mail of one step to one contact.

    Where the template does not place ``{{unsubscribeUrl}}`` itself, a line with the link ends the mail.
    """
    found = unit[EmailTemplates].render(template, recipient, subject=subject, more={UNSUBSCRIBE_URL: unsubscribe})
    body, text, links = found.body_html, found.body_text, list[str]()
    if recipient.workspace is not None and recipient.workspace.track_engagement:
        body, links = _tracked(unit, body, email_id, unsubscribe)
    if UNSUBSCRIBE_URL not in paths(template.body_html):
        body = _before_end(body, f'<p style="font-size:12px;color:#666"><a href="{html.escape(unsubscribe)}">Unsubscribe</a></p>')
    if UNSUBSCRIBE_URL not in paths(template.body_text):
        text = f"{text}\n\nUnsubscribe: {unsubscribe}"
    return Letter(subject=found.subject, html=body, text=text, links=links)


def _tracked(unit: UnitOfWork, body: str, email_id: str, unsubscribe: str) -> tuple[str, list[str]]:
    links: list[str] = []
    pieces: list[str] = []
    at = 0
    for part in parts(body):
        target = html.unescape(body[part.start : part.end]).strip() if part.kind is Kind.VALUE else ""
        follows = part.tag == "a" and part.attribute == "href" and is_web(target) and target != unsubscribe
        if follows and len(links) < MOST_LINKS:
            pieces += [body[at : part.start], html.escape(link_url(unit, email_id, len(links)))]
            links.append(target)
            at = part.end
    image = f'<img src="{html.escape(image_url(unit, email_id))}" width="1" height="1" alt="">'
    return _before_end("".join([*pieces, body[at:]]), image), links


def is_web(address: str) -> bool:
    """Whether an address is one that a browser may be sent to."""
    return bool(re.match(r"https?://[^\s\x00-\x20]", address, re.IGNORECASE)) and not re.search(r"[\x00-\x20\x7f]", address)


def _before_end(body: str, addition: str) -> str:
    ends = list(_BODY_END.finditer(body))
    at = ends[-1].start() if ends else len(body)
    return body[:at] + addition + body[at:]
