import datetime as dt
from collections.abc import Iterator
from typing import Any, cast

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Request
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.sales import add_contact, found, made
from tests.features.workflows.flows import TASK, add_workflow, flowing_kit, only_run, states, tasks


@pytest.fixture
def kit(clock: FrozenClock) -> Iterator[Kit]:
    with flowing_kit(clock=clock, public_url="https://crm.example.org") as kit:
        yield found(kit, "ws_a")


@pytest.fixture
def template(api: Api) -> str:
    body = {"name": "Thanks", "subject": "Thanks, {{contact.firstName}}", "bodyHtml": "<p>Dear {{contact.firstName}}</p>"}
    id = made(api, "/emails/templates", body)["id"]
    assert isinstance(id, str)
    return id


def email(template: str, **config: Any) -> dict[str, Any]:
    return {"type": "send_email", "config": {"templateId": template, **config}}


def sent(kit: Kit) -> list[OutgoingMessage]:
    return cast("ConsoleChannel", kit.provider(EMAIL_CHANNEL)).sent


def unsubscribe(kit: Kit, link: str) -> int:
    token = link.rpartition("/")[2]
    request = Request(method="POST", target=f"/unsubscribe/{token}", path={"token": token}, remote="127.0.0.1", id="req_page")
    return kit.responders["POST", "/unsubscribe/:token"](request).status


def test_template_is_sent_once_as_a_stored_message(api: Api, kit: Kit, template: str) -> None:
    id = add_workflow(api, "contact.created", email(template, delay=0))
    contact = add_contact(api, email="mira@example.org")
    drain(kit)

    run = only_run(api, id)
    message = api.get(f"/messages?contactId={contact['id']}").body["data"][0]
    assert run["actions"][0]["result"] == {"messageId": message["id"], "recipient": "mira@example.org"}
    assert [(mail.to, mail.subject) for mail in sent(kit)] == [("mira@example.org", "Thanks, Mira")]
    assert (message["direction"], message["subject"]) == ("outbound", "Thanks, Mira")


def test_mail_carries_a_link_that_unsubscribes(api: Api, kit: Kit, template: str) -> None:
    id = add_workflow(api, "contact.created", email(template), TASK)
    add_contact(api, email="mira@example.org")
    drain(kit)
    link = sent(kit)[0].text.rpartition("Unsubscribe: ")[2].strip()
    assert link.startswith("https://crm.example.org/unsubscribe/")
    assert link in (sent(kit)[0].html or "")

    assert unsubscribe(kit, link) == 200
    add_contact(api, email="mira@example.org")
    drain(kit)

    assert len(sent(kit)) == 1
    last = api.get(f"/workflows/{id}/runs/{api.get(f'/workflows/{id}/runs').body['data'][0]['id']}").body["data"]
    assert states(last) == ("success", ["success", "success"])
    assert last["actions"][0]["result"] == {
        "messageId": None,
        "recipient": "mira@example.org",
        "skipped": "The contact must not be written to",
    }


def test_delay_is_waited_for(api: Api, kit: Kit, clock: FrozenClock, template: str) -> None:
    add_workflow(api, "contact.created", email(template, delay=90), TASK)
    add_contact(api, email="mira@example.org")
    drain(kit)
    clock.advance(dt.timedelta(minutes=89))
    drain(kit)
    assert (sent(kit), tasks(api)) == ([], [])

    clock.advance(dt.timedelta(minutes=1))
    drain(kit)

    assert (len(sent(kit)), tasks(api)) == (1, ["Follow up"])


@pytest.mark.parametrize("address", [None, "mira@example.org"])
def test_mail_that_cannot_be_written_fails(api: Api, kit: Kit, template: str, address: str | None) -> None:
    id = add_workflow(api, "contact.created", email("tmpl_none" if address else template))
    add_contact(api, email=address)
    drain(kit)

    run = only_run(api, id)
    assert states(run) == ("failed", ["failed"])
    assert run["actions"][0]["error"] == (
        "No email template with the id 'tmpl_none' exists in this workspace" if address else "The contact has no e-mail address"
    )
    assert sent(kit) == []


@pytest.mark.parametrize("delay", [-1, 1.5, "5", 527041])
def test_delay_is_a_number_of_minutes(api: Api, template: str, delay: Any) -> None:
    body = {"name": "x", "trigger": {"event": "contact.created"}, "actions": [email(template, delay=delay)]}

    assert api.post("/workflows", body).status == 422


def test_trial_shows_the_mail_and_sends_none(api: Api, kit: Kit, template: str) -> None:
    contact = add_contact(api, email="mira@example.org")
    id = add_workflow(api, "contact.created", email(template))

    trial = api.post(f"/workflows/{id}/test", {"data": {"contactId": contact["id"]}}).body["data"]
    drain(kit)

    assert trial["actions"][0]["result"]["recipient"] == "mira@example.org"
    assert sent(kit) == []
    assert api.get("/messages").body["data"] == []
