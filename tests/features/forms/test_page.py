from html.parser import HTMLParser
from typing import Any

import pytest

from conduyt_kit.kernel.endpoints import Reply, Request
from tests.features.accounts import Office
from tests.features.calls import Api
from tests.features.forms.desk import ELENA, FIELDS, add_form, contacts, submissions, visit


class Page(HTMLParser):
    """What a browser makes of the page: fields with their values, what is required, where it posts, the visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.required: set[str] = set()
        self.options: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.loads: list[str] = []
        self.action = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.loads += [found[name] for name in ("src", "href") if name in found]
        self._inside = tag
        if tag == "form":
            self.action = found["action"]
        if "name" in found and tag in ("input", "select", "textarea"):
            self._name = found["name"]
            self.fields[self._name] = found.get("value", "")
            self.required |= {self._name} if "required" in found else set()
        if tag == "option":
            self.options.append(found["value"])
            self.fields[self._name] = found["value"] if "selected" in found else self.fields[self._name]

    def handle_data(self, data: str) -> None:
        if self._inside == "textarea":
            self.fields[self._name] = data.removeprefix("\n")
        elif self._inside != "style":
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read(reply: Reply) -> Page:
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return Page(reply.body.decode())


@pytest.fixture
def owner(office: Office) -> Api:
    return office.register()


def test_page_shows_the_fields_and_runs_and_loads_nothing(owner: Api) -> None:
    form = add_form(owner, description="Tell us what you need.")

    reply = visit(owner.kit, form)

    page = read(reply)
    assert reply.status == 200
    assert "Marsh & Co Consultation Tell us what you need. Full Name Email Address Phone optional" in page.text
    assert page.fields == dict.fromkeys([*(field["key"] for field in FIELDS), "_hp"], "")
    assert page.required == {"name", "email"}
    assert page.options == ["", "CRM Setup", "Data Migration"]
    assert page.action == f"/f/{form}"
    assert page.loads == []
    assert "script" not in page.tags
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_sent_page_is_a_submission(owner: Api) -> None:
    form = add_form(owner)

    reply = visit(owner.kit, form, {**ELENA, "seats": "12", "message": "", "campaign": "spring", "_hp": ""})

    assert reply.status == 200
    assert "Thank you. We have received your details." in read(reply).text
    assert [found["data"] for found in submissions(owner, form)] == [{**ELENA, "seats": "12", "campaign": "spring"}]
    assert [contact["email"] for contact in contacts(owner)] == [ELENA["email"]]


def test_sent_page_leads_where_the_form_says_and_the_policy_lets_it(owner: Api) -> None:
    form = add_form(owner, settings={"redirectUrl": "https://example.com:8443/thank-you?a=b"})

    assert "form-action 'self' https://example.com:8443;" in visit(owner.kit, form).headers["Content-Security-Policy"]
    reply = visit(owner.kit, form, ELENA)

    assert (reply.status, reply.headers["Location"], reply.body) == (303, "https://example.com:8443/thank-you?a=b", b"")
    assert len(submissions(owner, form)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Full Name is missing."),
        ({"email": "nobody"}, "Email Address: must be a valid email address."),
        ({"service": "Other"}, "Service: must be one of CRM Setup, Data Migration."),
        ({"seats": "many"}, "Seats: must be a number."),
        ({"message": "x" * 10_300}, "Message: must have at most 10240 bytes."),
        ({"_hp": "http://spam.example"}, "The form could not be read; please try again"),
    ],
)
def test_mistake_is_explained_and_what_was_typed_is_kept(owner: Api, changes: dict[str, str], sentence: str) -> None:
    form = add_form(owner)
    typed = {**ELENA, "message": "About the <offer>", "seats": "3", **changes}

    reply = visit(owner.kit, form, typed)

    page = read(reply)
    assert reply.status == 422
    assert sentence in page.text
    kept = {key: value for key, value in typed.items() if key != "_hp" and value != "Other"}
    assert {key: page.fields[key] for key in kept} == kept
    assert page.fields["_hp"] == ""
    assert submissions(owner, form) == []
    assert contacts(owner) == []


def test_too_many_submissions_are_answered_with_the_page_and_a_wait(office: Office, owner: Api) -> None:
    form = add_form(owner)

    replies = [visit(owner.kit, form, {}) for _ in range(31)]

    assert [reply.status for reply in replies] == [422] * 30 + [429]
    assert int(replies[-1].headers["Retry-After"]) > 0


def test_everything_from_the_database_and_the_visitor_is_escaped(owner: Api) -> None:
    owner.patch("/workspace", {"name": "<b>Marsh</b>"})
    evil = '"><script>alert(1)</script>'
    fields: list[dict[str, Any]] = [
        {"key": "name", "label": evil, "type": "text", "required": True},
        {"key": "kind", "label": "<img src=x>", "type": "select", "options": [evil]},
        {"key": "text", "label": "Text", "type": "textarea"},
    ]
    form = add_form(owner, name=evil, description=evil, fields=fields)
    html = owner.get(f"/forms/{form}/embed").body["data"]["html"]
    pages = [visit(owner.kit, form), visit(owner.kit, form, {"kind": evil, "text": "</textarea><script>"})]

    for page in [*map(read, [*pages, visit(owner.kit, form, {"name": evil})]), Page(html)]:
        assert not {"script", "img", "b"} & set(page.tags)
    assert read(pages[1]).fields["kind"] == evil


@pytest.mark.parametrize("typed", [None, ELENA])
def test_unknown_address_is_a_page_too(owner: Api, typed: dict[str, str] | None) -> None:
    reply = visit(owner.kit, "frm_nothing", typed)

    assert reply.status == 404
    assert "There is no form at this address." in read(reply).text


@pytest.mark.parametrize(
    ("body", "status"),
    [("name=%00", 400), ("name=%ff", 400), ("&".join(f"k{n}=1" for n in range(102)), 400), ("name=" + "x" * 65_536, 413)],
)
def test_form_that_cannot_be_read_is_refused(owner: Api, body: str, status: int) -> None:
    form = add_form(owner)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = Request(
        method="POST", target=f"/f/{form}", path={"id": form}, headers=headers, body=body.encode(), remote="127.0.0.1", id="r"
    )

    assert owner.kit.responders["POST", "/f/:id"](request).status == status
    assert submissions(owner, form) == []


def test_embedded_form_posts_its_fields_to_the_page(owner: Api) -> None:
    form = add_form(owner)

    embedded = owner.get(f"/forms/{form}/embed").body["data"]

    page = Page(embedded["html"])
    assert page.action == embedded["url"] == f"https://crm.example.org/f/{form}"
    assert set(page.fields) == {*(field["key"] for field in FIELDS), "_hp"}
    assert page.loads == []
