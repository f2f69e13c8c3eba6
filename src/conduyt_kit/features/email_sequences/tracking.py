"""Opens and clicks, where the workspace tracks engagement (X18). A link leads only to where the sent e-mail led."""

import base64
import datetime as dt

from conduyt_kit.features.email_sequences.entities import SEQUENCE_EMAIL
from conduyt_kit.features.workspaces import WORKSPACE
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.endpoints import Call, Reply
from conduyt_kit.kernel.errors import Contention, NotFound
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.signed_links import SIGNED_LINKS, SignedRecord

IMAGE_PATH = "/e/o/{token}"
LINK_PATH = "/e/c/{token}"
_OPEN, _CLICK = "sequence-open", "sequence-click"
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def image_url(unit: UnitOfWork, email_id: str) -> str:
    """Return the address of the image that tells of an opened e-mail."""
    return unit.provider(SIGNED_LINKS).url(IMAGE_PATH, _OPEN, workspace=unit.context.workspace, id=email_id)


def link_url(unit: UnitOfWork, email_id: str, number: int) -> str:
    """Return the address that leads on to a link of an e-mail."""
    return unit.provider(SIGNED_LINKS).url(LINK_PATH, _CLICK, workspace=unit.context.workspace, id=f"{email_id}/{number}")


def show_image(call: Call[None, None]) -> Reply:
    signed = call.environment.providers.provider(SIGNED_LINKS).read(call.path["token"], _OPEN)
    _note(call, signed, signed.id, "opened_at")
    return Reply(body=_PIXEL, headers={"Content-Type": "image/gif", "Cache-Control": "no-store"})


def follow_link(call: Call[None, None]) -> Reply:
    signed = call.environment.providers.provider(SIGNED_LINKS).read(call.path["token"], _CLICK)
    email_id, _, number = signed.id.partition("/")
    email = call.open(signed.workspace).repository(SEQUENCE_EMAIL).find(email_id)
    if email is None or int(number) >= len(email.links):
        raise NotFound("This link is no longer valid")
    _note(call, signed, email_id, "opened_at", "clicked_at")
    headers = {"Location": email.links[int(number)], "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Reply(status=302, headers=headers)


def note_delivery(unit: UnitOfWork, happened: Happened) -> None:
    """Note that a provider delivered the e-mail of a step."""
    kind, _, rest = str(happened.data.get("origin") or "").partition(":")
    enrollment_id, _, step = rest.rpartition(":")
    if kind == "sequence" and step.isdecimal():
        delivered = where(enrollment_id=enrollment_id, step=int(step), delivered_at=None)
        unit.repository(SEQUENCE_EMAIL).update_where(delivered, delivered_at=happened.occurred_at)


def _note(call: Call[None, None], signed: SignedRecord, email_id: str, *fields: str) -> None:
    """Note a time once, in a unit of its own: what is asked for with GET is read otherwise."""
    try:
        with UnitOfWork(call.environment, Context(workspace=signed.workspace, correlation_id=call.request.id)) as unit:
            workspace = unit.repository(WORKSPACE).find(signed.workspace)
            if workspace is not None and workspace.track_engagement:
                _note_times(unit, email_id, fields, unit.now)
    except Contention:
        # Whoever reads the mail is not to wait for a statistic.
        return


def _note_times(unit: UnitOfWork, email_id: str, fields: tuple[str, ...], now: dt.datetime) -> None:
    emails = unit.repository(SEQUENCE_EMAIL)
    for field in fields:
        emails.update_where(where(id=email_id, **{field: None}), **{field: now})
