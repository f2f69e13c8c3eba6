from conduyt_kit import Kit
from conduyt_kit.features.calendars.demo import fill
from tests.features.calls import Api


def test_demo_fills_two_calendars_and_a_booking_link(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})

    calendars = api.get("/calendars").body["data"]
    assert sorted(calendar["name"] for calendar in calendars) == ["On-site support", "Sales"]
    by_name = {calendar["name"]: calendar["id"] for calendar in calendars}
    statuses = [found["status"] for found in api.get(f"/calendars/{by_name['Sales']}/appointments").body["data"]]
    assert sorted(statuses) == ["completed", "completed", "scheduled", "scheduled", "scheduled"]
    assert api.get(f"/calendars/{by_name['On-site support']}/appointments").body["meta"]["total"] == 3
    assert len(api.get(f"/calendars/{by_name['Sales']}/booking-links").body["data"]) == 1
