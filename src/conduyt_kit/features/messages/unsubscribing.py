"""The unsubscribe page (X17): opening it changes nothing, as mail scanners open every link; sending it does (RFC 8058)."""

from html import escape
from typing import Any

from conduyt_kit.features.auth.pages import HEADERS
from conduyt_kit.features.messages.service import Messages
from conduyt_kit.features.workspaces import WORKSPACE
from conduyt_kit.kernel.endpoints import API_ROOT, Call, Endpoint, Envelope, Reply
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.signed_links import SIGNED_LINKS, SignedRecord

PAGE = "/unsubscribe/{token}"
_PURPOSE = "unsubscribe"

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8;margin:0}"
    "main{max-width:30rem;margin:3rem auto;background:#fff;padding:2rem;border-radius:10px;box-shadow:0 1px 4px #0002}"
    "h1{margin:0 0 .5rem;font-size:1.5rem}p{overflow-wrap:anywhere}"
    "button{font:inherit;font-weight:600;margin-top:1rem;padding:.7rem 1.5rem;border:0;border-radius:6px;background:#1f5eff;color:#fff}"
)


def unsubscribe_url(unit: UnitOfWork, contact_id: str, source: str = "") -> str:
    """Return the link with which a contact unsubscribes from e-mail; `source` makes links of several mailings differ."""
    id = f"{contact_id}/{source}" if source else contact_id
    return unit.provider(SIGNED_LINKS).url(PAGE, _PURPOSE, workspace=unit.context.workspace, id=id)


def show_page(call: Call[None, None]) -> Reply:
    try:
        signed = _signed(call)
    except NotFound:
        return _unknown()
    name = _workspace_name(call.open(signed.workspace))
    return _page("Unsubscribe", f"<p>You will get no more automatic e-mail from {name}.</p>{_FORM}")


def unsubscribe(call: Call[None, None]) -> Reply:
    try:
        signed = _signed(call)
    except NotFound:
        return _unknown()
    unit = call.open(signed.workspace)
    name = _workspace_name(unit)
    contacts = unit.repository_named("contact")
    contact: Any = contacts.find(signed.id.partition("/")[0]) if contacts else None
    # Of a contact that is gone nothing is left to write to.
    if contact is not None and contact.email:
        unit[Messages].suppress(contact.email, "email", "unsubscribed", contact.id)
    return _page("Unsubscribed", f'<p role="status">You are unsubscribed from automatic e-mail of {name}.</p>')


_FORM = '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>'


def _signed(call: Call[None, None]) -> SignedRecord:
    return call.environment.providers.provider(SIGNED_LINKS).read(call.path["token"], _PURPOSE)


def _workspace_name(unit: UnitOfWork) -> str:
    found = unit.repository(WORKSPACE).find(unit.context.workspace)
    return escape(found.name if found else "this sender")


def _unknown() -> Reply:
    return _page("Not found", "<p>This link is not valid. Please use the link of the e-mail as it is.</p>", status=404)


def _page(title: str, content: str, *, status: int = 200) -> Reply:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )
    return Reply(status=status, body=document.encode("utf-8", "replace"), headers=HEADERS)


def _endpoints(root: str) -> tuple[Endpoint, Endpoint]:
    # Mail services call for many readers from few addresses, hence the generous limit.
    path, limit = PAGE.replace("{token}", ":token"), "6000/minute"
    shown = Endpoint(
        method="GET",
        path=path,
        root=root,
        section="Messages",
        summary="The page on which a contact unsubscribes, by its signed link.",
        operation=show_page,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit=limit,
    )
    sent = Endpoint(
        method="POST",
        path=path,
        root=root,
        section="Messages",
        summary="Unsubscribe; also by the one click of mail programs.",
        operation=unsubscribe,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit=limit,
    )
    return shown, sent


UNSUBSCRIBE_ENDPOINTS = (*_endpoints(""), *_endpoints(API_ROOT))
