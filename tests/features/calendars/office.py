"""A calendar to try things on: the clock of the tests stands at Sunday, 2026-03-15 10:30 UTC."""

from typing import Any

from tests.features.calls import Answer, Api

NINE_TO_FIVE = [{"start": "09:00", "end": "17:00"}]
WORKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), NINE_TO_FIVE)


def add_calendar(api: Api, **more: Any) -> str:
    """Create a calendar, always free and in UTC unless told otherwise, and return its id."""
    status, body = api.post("/calendars", {"name": "Sales", "timezone": "UTC", **more})
    assert status == 201, body
    id = body["data"]["id"]
    assert isinstance(id, str)
    return id


def appointment(start: str, end: str, **more: Any) -> dict[str, Any]:
    """Return the body of an appointment on Monday, the 16th, between two times in UTC."""
    return {"title": "Call", "startTime": f"2026-03-16T{start}:00Z", "endTime": f"2026-03-16T{end}:00Z", **more}


def appoint(api: Api, calendar: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    """Make an appointment and return it as the API shows it."""
    status, body = api.post(f"/calendars/{calendar}/appointments", appointment(start, end, **more))
    assert status == 201, body
    made = body["data"]
    assert isinstance(made, dict)
    return made


def add_link(api: Api, calendar: str, **more: Any) -> dict[str, Any]:
    """Create a booking link and return it as the API shows it."""
    status, body = api.post(f"/calendars/{calendar}/booking-links", {"title": "Discovery Call", **more})
    assert status == 201, body
    made = body["data"]
    assert isinstance(made, dict)
    return made


def stored(api: Api, calendar: str) -> list[dict[str, Any]]:
    """Return all appointments of a calendar, by start."""
    status, body = api.get(f"/calendars/{calendar}/appointments?sort=startTime&limit=100")
    assert status == 200, body
    found = body["data"]
    assert isinstance(found, list)
    return found


def starts(answer: Answer) -> list[str]:
    """Return the starts of listed slots or appointments."""
    assert answer.status == 200, answer.body
    return [item["startTime"] for item in answer.body["data"]]


def wrong(answer: Answer) -> tuple[int, str, list[str]]:
    """Return status, code and fields of an error."""
    error = answer.body["error"]
    return answer.status, error["code"], [detail["field"] for detail in error.get("details", [])]
