"""What tests of sequences start with: templates, a sequence, contacts, and a look at what was sent."""

import datetime as dt
from typing import Any, cast

from conduyt_kit import Kit
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.features.messages import MESSAGE, Message
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.query import where
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from tests.features.calls import Api
from tests.features.records import WORKSPACE
from tests.features.sales import made

DAY = dt.timedelta(days=1)


def add_template(api: Api, name: str = "Welcome", **more: Any) -> str:
    body = {"name": name, "subject": f"{name}, {{{{contact.firstName}}}}", "bodyHtml": f"<p>{name} {{{{contact.firstName}}}}</p>"}
    return str(made(api, "/emails/templates", body, **more)["id"])


def add_sequence(api: Api, *delays: int, **more: Any) -> dict[str, Any]:
    """Create a sequence with a template for each of these delays."""
    steps = [{"templateId": add_template(api, f"Step {number}"), "delayDays": days} for number, days in enumerate(delays, 1)]
    return made(api, "/emails/sequences", {"name": "Onboarding", "steps": steps}, **more)


def add_person(api: Api, name: str = "Mira", **more: Any) -> str:
    body = {"firstName": name, "lastName": "Solberg", "email": f"{name.lower()}@fjord.example"}
    return str(made(api, "/contacts", body, **more)["id"])


def enroll(api: Api, sequence: dict[str, Any], *contacts: str) -> dict[str, Any]:
    status, body = api.post(f"/emails/sequences/{sequence['id']}/enroll", {"contactIds": list(contacts)})
    assert status == 200, body
    return dict(body)


def enrollments(api: Api, sequence: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    status, body = api.get(f"/emails/sequences/{sequence['id']}/enrollments{query}")
    assert status == 200, body
    return list(body["data"])


def work(kit: Kit) -> None:
    """Run everything that is due."""
    cast("InlineJobs", kit.provider(JOB_RUNNER)).drain()


def pass_time(kit: Kit, clock: FrozenClock, days: float, *, step: dt.timedelta = DAY) -> None:
    """Let time pass, with a worker that looks at least once a day."""
    end = clock.now() + days * DAY
    while clock.now() < end:
        clock.move_to(min(end, clock.now() + step))
        work(kit)


def mails(kit: Kit) -> list[OutgoingMessage]:
    """Return what left through the e-mail channel, oldest first."""
    return cast("ConsoleChannel", kit.provider(EMAIL_CHANNEL)).sent


def subjects(kit: Kit) -> list[str | None]:
    return [mail.subject for mail in mails(kit)]


def messages(kit: Kit, **equal: Any) -> tuple[Message, ...]:
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        return unit.repository(MESSAGE).all(where(**equal), sort=("created_at",))
