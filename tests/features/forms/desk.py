"""Forms to try things on, and visitors who submit them."""

from typing import Any, cast
from urllib.parse import urlencode

from conduyt_kit import Kit
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.kernel.endpoints import Reply, Request
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from tests.features.calls import Answer, Api

FIELDS: list[dict[str, Any]] = [
    {"key": "name", "label": "Full Name", "type": "text", "required": True},
    {"key": "email", "label": "Email Address", "type": "email", "required": True},
    {"key": "phone", "label": "Phone", "type": "phone", "required": False},
    {"key": "service", "label": "Service", "type": "select", "required": False, "options": ["CRM Setup", "Data Migration"]},
    {"key": "seats", "label": "Seats", "type": "number", "required": False},
    {"key": "message", "label": "Message", "type": "textarea", "required": False},
]
ELENA = {"name": "Elena Maria Vasquez", "email": "elena@lumina.example", "phone": "+1 305 555 7788", "service": "Data Migration"}


def add_form(api: Api, **more: Any) -> str:
    """Create a form with a field of every type and return its id."""
    status, body = api.post("/forms", {"name": "Consultation", "fields": FIELDS, **more})
    assert status == 201, body
    return cast("str", body["data"]["id"])


def submit(api: Api, form: str, data: Any = None) -> Answer:
    """Submit a form as anybody, without a credential."""
    return Api(api.kit, "").post(f"/forms/{form}/submissions", {"data": ELENA if data is None else data})


def submissions(api: Api, form: str) -> list[dict[str, Any]]:
    status, body = api.get(f"/forms/{form}/submissions?limit=100")
    assert status == 200, body
    return cast("list[dict[str, Any]]", body["data"])


def contacts(api: Api) -> list[dict[str, Any]]:
    """Return all contacts as single records, oldest first."""
    listed = api.get("/contacts?limit=100").body["data"]
    return [api.get(f"/contacts/{contact['id']}").body["data"] for contact in reversed(listed)]


def wrong(answer: Answer) -> tuple[int, list[str]]:
    """Return the status of a refusal and the fields it names."""
    return answer.status, [detail["field"] for detail in answer.body["error"].get("details", [])]


def mails(kit: Kit) -> list[OutgoingMessage]:
    return cast("ConsoleChannel", kit.provider(EMAIL_CHANNEL)).sent


def visit(kit: Kit, form: str, typed: dict[str, str] | None = None) -> Reply:
    """Open a form's page, or send it."""
    request = Request(
        method="GET" if typed is None else "POST",
        target=f"/f/{form}",
        path={"id": form},
        headers={} if typed is None else {"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(typed or {}).encode(),
        remote="127.0.0.1",
        id="req_page",
    )
    return kit.responders[request.method, "/f/:id"](request)
