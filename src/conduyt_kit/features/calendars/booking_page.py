"""The page on which people book: plain HTML that works without JavaScript, in the calendar's time zone."""

import datetime as dt
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from zoneinfo import ZoneInfo

import attrs

from conduyt_kit.features.calendars.availability import Span
from conduyt_kit.kernel.encoding import timestamp

TRAP = "website"
"""The field that people do not see and that programs fill in."""

_STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8;margin:0}
main{max-width:40rem;margin:2rem auto;background:#fff;padding:2rem;border-radius:10px;box-shadow:0 1px 4px #0002}
h1{margin:0 0 .2rem;font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.75rem 0 .5rem}
p{margin:.25rem 0;overflow-wrap:anywhere}
.muted{color:#5b6675}
.done{margin-top:1.25rem}
.wrong{color:#a3231c;background:#fdecea;padding:.6rem .8rem;border-radius:6px;margin:1rem 0}
details{border-bottom:1px solid #e4e9ef}
summary{padding:.65rem 0;cursor:pointer;font-weight:600}
summary span{font-weight:400;color:#5b6675;margin-left:.4rem}
.times{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr));gap:.5rem;padding:.15rem 0 1rem}
.times label{position:relative;display:block;margin:0;font-weight:400}
.times input{position:absolute;opacity:0;inset:0;width:100%;height:100%;margin:0;cursor:pointer}
.times span{display:block;padding:.5rem .25rem;text-align:center;border:1px solid #c3ccd7;border-radius:6px}
.times input:hover+span{border-color:#1f5eff}
.times input:focus-visible+span{outline:3px solid #1f5eff66}
.times input:checked+span{background:#1f5eff;border-color:#1f5eff;color:#fff}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
label small{font-weight:400;color:#5b6675}
.field{font:inherit;width:100%;padding:.55rem .65rem;border:1px solid #c3ccd7;border-radius:6px;background:#fff;color:inherit}
textarea{resize:vertical}
button{font:inherit;font-weight:600;margin-top:1.5rem;padding:.7rem 1.5rem;border:0;border-radius:6px}
button{background:#1f5eff;color:#fff;cursor:pointer}
.trap{position:absolute;left:-9999px}
@media(max-width:34rem){body{background:#fff}main{margin:0;border-radius:0;box-shadow:none;padding:1.25rem 1rem}button{width:100%}}
"""


@attrs.frozen(kw_only=True)
class Offer:
    """What the page is about."""

    host: str
    title: str
    minutes: int
    timezone: str
    action: str
    slots: tuple[Span, ...]


def booking_form(offer: Offer, *, given: Mapping[str, str] | None = None, wrong: str = "") -> bytes:
    """Return the page with the free times, and after a mistake with what was typed and a sentence about it."""
    typed = given or {}
    problem = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    intro = f"{_heading(offer)}<p>{offer.minutes} minutes. Times are in the zone {_zone_name(offer)}.</p>{problem}"
    if not offer.slots:
        return _document(offer.title, f"{intro}<p>There is no free time in the next two weeks. Please come back later.</p>")
    return _document(
        offer.title,
        f'{intro}<form method="post" action="{escape(offer.action)}"><h2>Choose a time</h2>{_days(offer, typed.get("startTime", ""))}'
        f"<h2>Your details</h2>{_fields(typed)}<button>Book</button></form>",
    )


def booked_page(offer: Offer, start: dt.datetime, end: dt.datetime) -> bytes:
    """Return the page that confirms a booking."""
    zone = ZoneInfo(offer.timezone)
    when = f"{_day(start.astimezone(zone))}, {_clock(start, zone)} to {_clock(end, zone)}"
    return _document(
        "Booked",
        f'{_heading(offer)}<p role="status" class="done"><strong>Your appointment is booked.</strong></p>'
        f"<p>{when} ({_zone_name(offer)})</p>",
    )


def unknown_page() -> bytes:
    """Return the page for an address that is no booking link."""
    return _document("Not found", "<h1>Not found</h1><p>There is no booking page at this address. Please check the link.</p>")


def _heading(offer: Offer) -> str:
    return f'<p class="muted">{escape(offer.host)}</p><h1>{escape(offer.title)}</h1>'


def _zone_name(offer: Offer) -> str:
    return escape(offer.timezone.replace("_", " "))


def _days(offer: Offer, chosen: str) -> str:
    zone = ZoneInfo(offer.timezone)
    days = [(day, list(slots)) for day, slots in groupby(offer.slots, key=lambda slot: slot.start.astimezone(zone).date())]
    picked = next((day for day, slots in days if chosen in map(_value, slots)), days[0][0])
    return "".join(_one_day(slots, zone, chosen, is_open=day == picked) for day, slots in days)


def _one_day(slots: list[Span], zone: ZoneInfo, chosen: str, *, is_open: bool) -> str:
    twice = _labels_that_come_twice(slots, zone)
    # No choice is marked as required: a browser cannot point at one inside a folded day, and would not send the form nor say why.
    times = "".join(
        f'<label><input type="radio" name="startTime" value="{_value(slot)}"{" checked" if _value(slot) == chosen else ""}>'
        f"<span>{_label(slot.start, zone, twice)}</span></label>"
        for slot in slots
    )
    head = f"<summary>{_day(slots[0].start.astimezone(zone))}<span>{len(slots)} free</span></summary>"
    return f'<details{" open" if is_open else ""}>{head}<div class="times">{times}</div></details>'


def _labels_that_come_twice(slots: Iterable[Span], zone: ZoneInfo) -> set[str]:
    """Return the times of day that a day with a repeated hour shows twice, so that the page can tell them apart."""
    labels = [_clock(slot.start, zone) for slot in slots]
    return {label for label in labels if labels.count(label) > 1} if len(set(labels)) < len(labels) else set()


def _label(at: dt.datetime, zone: ZoneInfo, twice: set[str]) -> str:
    label = _clock(at, zone)
    return f"{label} {escape(at.astimezone(zone).tzname() or '')}" if label in twice else label


def _value(slot: Span) -> str:
    return timestamp(slot.start)


def _clock(at: dt.datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _day(local: dt.datetime) -> str:
    return f"{local:%A}, {local.day} {local:%B %Y}"


def _fields(typed: Mapping[str, str]) -> str:
    def value(name: str) -> str:
        return escape(typed.get(name, ""))

    return (
        f'<label for="name">Name</label><input class="field" id="name" name="name" value="{value("name")}" required maxlength="200"'
        ' autocomplete="name"><label for="email">Email</label>'
        f'<input class="field" id="email" name="email" type="email" value="{value("email")}" required maxlength="254" autocomplete="email">'
        '<label for="phone">Phone <small>optional, such as +1 415 555 2671</small></label>'
        f'<input class="field" id="phone" name="phone" type="tel" value="{value("phone")}" maxlength="40" autocomplete="tel">'
        '<label for="notes">Notes <small>optional</small></label>'
        f'<textarea class="field" id="notes" name="notes" rows="4" maxlength="2000">\n{value("notes")}</textarea>'
        f'<div class="trap" aria-hidden="true"><label for="{TRAP}">Leave this empty</label>'
        f'<input id="{TRAP}" name="{TRAP}" tabindex="-1" autocomplete="off"></div>'
    )


def _document(title: str, content: str) -> bytes:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main>{content}</main></body></html>"
    )
    return document.encode("utf-8", "replace")
