from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.endpoints import Reply, Request
from tests.features.calls import Api
from tests.features.sales import LINE, add_contact, add_invoice

EVIL = "<script>alert('x')</script>&\"{{7*7}}"


def link(api: Api, invoice: dict[str, Any]) -> str:
    url = api.get(f"/invoices/{invoice['id']}/link").body["data"]["url"]
    assert isinstance(url, str)
    return url


def page(kit: Kit, token: str) -> Reply:
    request = Request(method="GET", target=f"/i/{token}", path={"token": token}, remote="127.0.0.1", id="req_page")
    return kit.responders["GET", "/i/:token"](request)


def test_sent_invoice_is_read_by_its_link_without_a_login(kit: Kit, api: Api) -> None:
    invoice = add_invoice(api, taxRate=0.1, notes="Thank you")
    sent = api.send("POST", f"/invoices/{invoice['id']}/send", b"", {})
    assert sent.headers["Link"] == f'<{link(api, invoice)}>; rel="alternate"; type="text/html"'
    reply = page(kit, link(api, invoice).rpartition("/")[2])
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = reply.body.decode()
    for expected in ("INV-001", "Mira Solberg", "Mooring", "110.00&nbsp;USD", "Tax (10 %)", "Thank you", "Marsh &amp; Co"):
        assert expected in text


def test_texts_never_become_markup(kit: Kit, api: Api) -> None:
    contact = add_contact(api, firstName=EVIL)
    invoice = add_invoice(api, contactId=contact["id"], items=[{**LINE, "description": EVIL}], notes=EVIL)
    api.post(f"/invoices/{invoice['id']}/send")
    text = page(kit, link(api, invoice).rpartition("/")[2]).body.decode()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 3


def test_draft_is_shown_to_nobody(kit: Kit, api: Api) -> None:
    assert page(kit, link(api, add_invoice(api)).rpartition("/")[2]).status == 404


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x" + token, lambda token: "", lambda token: token[::-1]])
def test_forged_link_opens_nothing(kit: Kit, api: Api, change: Any) -> None:
    invoice = add_invoice(api)
    api.post(f"/invoices/{invoice['id']}/send")
    token = link(api, invoice).rpartition("/")[2]
    assert page(kit, token).status == 200
    assert page(kit, change(token)).status == 404
