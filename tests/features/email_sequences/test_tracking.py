import re
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.email_sequences.letters import is_web
from conduyt_kit.kernel.endpoints import Reply, Request
from tests.features.calls import Api
from tests.features.email_sequences.drip import add_person, enroll, mails, work
from tests.features.records import WORKSPACE
from tests.features.sales import found, made

BODY = (
    '<body><p><a href="https://shop.example/?a=1&amp;b={{contact.email}}">Shop</a> <a href="mailto:us@x.example">Write</a>'
    '<a href="{{unsubscribeUrl}}">Leave</a> <a href="http://two.example">Two</a></p></body>'
)
SHOP = "https://shop.example/?a=1&b=mira%40fjord.example"


def fetch(kit: Kit, url: str) -> Reply:
    kind, token = re.findall(r"/e/([oc])/([^/]+)$", url)[0]
    request = Request(method="GET", target=url, path={"token": token}, remote="127.0.0.1", id="req_t")
    return kit.responders["GET", f"/e/{kind}/:token"](request)


def send(api: Api, kit: Kit, *, track: bool) -> tuple[str, str]:
    """Send a mail and return its HTML and the sequence's id."""
    found(kit, WORKSPACE)
    api.patch("/workspace", {"trackEngagement": track})
    template = made(api, "/emails/templates", {"name": "N", "subject": "S", "bodyHtml": BODY})["id"]
    sequence = made(api, "/emails/sequences", {"name": "D", "steps": [{"templateId": template, "delayDays": 0}]})
    enroll(api, sequence, add_person(api))
    work(kit)
    return str(mails(kit)[-1].html), sequence["id"]


def figures(api: Api, sequence: str) -> dict[str, Any]:
    shown = api.get(f"/emails/sequences/{sequence}/stats").body["data"]
    assert {key: value for key, value in shown["steps"][0].items() if key != "order"} == {k: v for k, v in shown.items() if k != "steps"}
    return {key: shown[key] for key in ("sent", "delivered", "opened", "clicked")}


def test_nothing_is_tracked_until_the_workspace_turns_it_on(api: Api, kit: Kit) -> None:
    html, sequence = send(api, kit, track=False)

    assert "/e/" not in html
    assert 'href="https://shop.example/?a=1&amp;b=mira%40fjord.example"' in html
    assert figures(api, sequence) == {"sent": 1, "delivered": 1, "opened": 0, "clicked": 0}


def test_opening_and_clicking_are_counted_once(api: Api, kit: Kit) -> None:
    html, sequence = send(api, kit, track=True)
    (image,) = re.findall(r'<img src="([^"]+)"', html)
    links = re.findall(r'href="([^"]+/e/c/[^"]+)"', html)

    shown = [fetch(kit, image) for _ in range(3)]
    assert (shown[0].status, shown[0].headers["Content-Type"], shown[0].body[:6]) == (200, "image/gif", b"GIF89a")
    assert figures(api, sequence) == {"sent": 1, "delivered": 1, "opened": 1, "clicked": 0}
    replies = [fetch(kit, url) for url in links]

    assert [(reply.status, reply.headers["Location"]) for reply in replies] == [(302, SHOP), (302, "http://two.example")]
    assert figures(api, sequence) == {"sent": 1, "delivered": 1, "opened": 1, "clicked": 1}
    assert 'href="mailto:us@x.example"' in html
    assert html.count("/unsubscribe/") == 1
    assert html.endswith('alt=""></body>')


def test_links_of_sent_mail_lead_on_uncounted_once_tracking_is_off(api: Api, kit: Kit) -> None:
    html, sequence = send(api, kit, track=True)
    api.patch("/workspace", {"trackEngagement": False})

    reply = fetch(kit, re.findall(r'href="([^"]+/e/c/[^"]+)"', html)[0])

    assert (reply.status, reply.headers["Location"]) == (302, SHOP)
    assert figures(api, sequence)["clicked"] == 0


def test_changed_links_lead_nowhere(api: Api, kit: Kit) -> None:
    html, sequence = send(api, kit, track=True)
    link = re.findall(r'href="([^"]+/e/c/[^"]+)"', html)[0]
    head, _, token = link.rpartition("/")
    crafted = [token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(len(token) - 1)]
    crafted += ["https:evil.example", "evil", token + "AAAA", re.findall(r'<img src="[^"]+/([^"/]+)"', html)[0]]

    replies = [fetch(kit, f"{head}/{one}") for one in crafted]

    assert {(reply.status, "Location" in reply.headers) for reply in replies} == {(404, False)}
    assert figures(api, sequence)["clicked"] == 0


def test_link_ends_with_its_contact(api: Api, kit: Kit) -> None:
    html, _ = send(api, kit, track=True)
    (contact,) = (item["id"] for item in api.get("/contacts").body["data"])
    api.delete(f"/contacts/{contact}")

    assert fetch(kit, re.findall(r'href="([^"]+/e/c/[^"]+)"', html)[0]).status == 404


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "/x", "https://", "http:evil", "data:text/html,x", "https://a\nb", "https://a b"]
)
def test_only_web_addresses_are_followed(address: str) -> None:
    assert not is_web(address)
    assert is_web("HTTPS://shop.example/x?y=1#z")
