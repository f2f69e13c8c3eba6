import datetime as dt
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.endpoints import Reply, Request
from tests.features.accounts import Office
from tests.features.calendars.office import WORKDAYS, add_calendar, add_link, stored
from tests.features.calls import Api

GUEST = {"startTime": "2026-03-16T13:00:00Z", "name": "Sarah Kim", "email": "sarah@example.org", "phone": "", "notes": "", "website": ""}


class Form(HTMLParser):
    """What a browser makes of the page: the fields with their values, the choices of times, the visible text, what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.times: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.loads: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._inside = given.get("name") or "" if tag == "textarea" else "style" if tag == "style" else ""
        self.loads += [given[name] or "" for name in ("src", "href") if name in given]
        if given.get("type") == "radio":
            self.times.append(given["value"] or "")
            if "checked" in given:
                self.fields["startTime"] = given["value"] or ""
        elif tag == "input":
            self.fields[given["name"] or ""] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._inside == "notes":
            self.fields["notes"] = data.removeprefix("\n")
        elif self._inside != "style":
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def owner(office: Office) -> Api:
    return office.register()


@pytest.fixture
def calendar(owner: Api) -> str:
    return add_calendar(owner, timezone="America/New_York", availability=WORKDAYS)


def visit(kit: Kit, slug: str, form: dict[str, str] | None = None) -> Reply:
    request = Request(
        method="GET" if form is None else "POST",
        target=f"/b/{slug}",
        path={"slug": slug},
        headers={} if form is None else {"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(form or {}).encode(),
        remote="127.0.0.1",
        id="req_page",
    )
    return kit.responders[request.method, "/b/:slug"](request)


def read(reply: Reply) -> Form:
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return Form(reply.body.decode())


def test_page_shows_the_free_times_in_the_calendars_zone(owner: Api, calendar: str) -> None:
    reply = visit(owner.kit, add_link(owner, calendar)["slug"])

    page = read(reply)
    assert reply.status == 200
    assert "Marsh & Co Discovery Call 30 minutes. Times are in the zone America/New York." in page.text
    assert "Monday, 16 March 2026 16 free 09:00 09:30" in page.text
    assert (len(page.times), page.times[0]) == (160, "2026-03-16T13:00:00Z")
    assert page.fields == {"name": "", "email": "", "phone": "", "notes": "", "website": ""}


def test_page_loads_nothing_and_runs_nothing(owner: Api, calendar: str) -> None:
    reply = visit(owner.kit, add_link(owner, calendar)["slug"])

    page = read(reply)
    assert page.loads == []
    assert "script" not in page.tags
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_times_that_come_twice_are_told_apart(owner: Api, office: Office, clock: Any) -> None:
    week = {"sunday": [{"start": "01:00", "end": "02:00"}]}
    calendar = add_calendar(owner, timezone="America/New_York", availability=week)
    slug = add_link(owner, calendar)["slug"]
    clock.move_to(dt.datetime(2026, 10, 31, tzinfo=dt.UTC))

    assert "01:00 EDT 01:30 EDT 01:00 EST 01:30 EST" in read(visit(owner.kit, slug)).text


def test_sent_form_books_the_time(owner: Api, calendar: str) -> None:
    reply = visit(owner.kit, add_link(owner, calendar)["slug"], {**GUEST, "phone": "+1 415 555 2671", "notes": "Line 1\r\nLine 2"})

    page = read(reply)
    assert reply.status == 200
    assert "Your appointment is booked. Monday, 16 March 2026, 09:00 to 09:30 (America/New York)" in page.text
    (made,) = stored(owner, calendar)
    assert (made["title"], made["startTime"], made["notes"]) == ("Discovery Call - Sarah Kim", GUEST["startTime"], "Line 1\r\nLine 2")
    assert owner.get("/contacts").body["data"][0]["phone"] == "+14155552671"


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"startTime": ""}, 422, "The time is missing."),
        ({"startTime": "2026-03-16T12:00:00Z"}, 409, "This time is not offered; choose one of the free ones"),
        ({"startTime": "noon"}, 422, "The time: must be a date and time"),
        ({"name": ""}, 422, "Your name is missing."),
        ({"email": "sarah"}, 422, "Your email: must be a valid email address."),
        ({"phone": "555-2671"}, 422, "Your phone number: must be a phone number in E.164 form"),
        ({"notes": "x" * 2001}, 422, "Your notes: must have at most 2000 characters."),
        ({"name": "\x00"}, 422, "Your name: "),
        ({"website": "http://spam.example"}, 422, "The form could not be read"),
    ],
)
def test_mistake_is_explained_and_what_was_typed_is_kept(
    owner: Api, calendar: str, changes: dict[str, str], status: int, sentence: str
) -> None:
    typed = {**GUEST, "phone": "+1 415 555 2671", "notes": "About the <offer>", **changes}

    reply = visit(owner.kit, add_link(owner, calendar)["slug"], typed)

    page = read(reply)
    assert reply.status == status
    assert sentence in page.text
    kept = {name: typed[name] for name in ("name", "email", "phone", "notes")}
    assert {name: page.fields[name] for name in kept} == kept
    assert page.fields["website"] == ""
    assert page.fields.get("startTime", typed["startTime"]) == typed["startTime"]
    assert stored(owner, calendar) == []
    assert owner.get("/contacts").body["data"] == []


def test_time_that_somebody_else_took_is_no_longer_shown(owner: Api, calendar: str) -> None:
    slug = add_link(owner, calendar)["slug"]
    visit(owner.kit, slug, GUEST)

    reply = visit(owner.kit, slug, {**GUEST, "email": "bob@example.org"})

    page = read(reply)
    assert reply.status == 409
    assert (page.times[0], page.fields["email"]) == ("2026-03-16T13:30:00Z", "bob@example.org")
    assert len(stored(owner, calendar)) == 1


def test_everything_from_the_database_and_the_form_is_escaped(owner: Api) -> None:
    owner.patch("/workspace", {"name": "<b>Marsh</b>"})
    slug = add_link(owner, add_calendar(owner), title='<script>alert("1")</script>')["slug"]
    typed = {**GUEST, "name": '"><script>1</script>', "email": "'><img src=x>", "notes": "</textarea><script>"}

    for reply in (visit(owner.kit, slug), visit(owner.kit, slug, typed), visit(owner.kit, slug, GUEST)):
        page = read(reply)
        assert not {"script", "img", "b"} & set(page.tags)
        assert '<script>alert("1")</script>' in page.text


def test_page_without_free_times_says_so(owner: Api) -> None:
    page = read(visit(owner.kit, add_link(owner, add_calendar(owner, availability={}))["slug"]))

    assert "There is no free time in the next two weeks." in page.text
    assert "form" not in page.tags


@pytest.mark.parametrize("form", [None, GUEST])
def test_unknown_address_is_a_page_too(owner: Api, form: dict[str, str] | None) -> None:
    reply = visit(owner.kit, "nothing", form)

    assert reply.status == 404
    assert "There is no booking page at this address." in read(reply).text
