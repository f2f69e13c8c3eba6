"""When a step is due: days after enrollment, moved into the sending window of the workspace, if it has one."""

import datetime as dt
from zoneinfo import ZoneInfo

from conduyt_kit.features.workspaces import SendingWindow, Workspace

_LONGEST_SEARCH = 15
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def due_at(start: dt.datetime, delay_days: int, workspace: Workspace | None) -> dt.datetime:
    """Return when a step is due that is to come so many days after `start` (R135).

    Without a sending window a day is 24 hours. With one, days are counted in the workspace's time zone, so that nine o'clock stays
    nine o'clock when the clocks change, and a time outside the window moves to its next opening.
    """
    if workspace is None or workspace.sending_window is None:
        return start + dt.timedelta(days=delay_days)
    zone = ZoneInfo(workspace.timezone)
    local = start.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=delay_days)
    return within_window(_utc(local, zone), workspace)


def within_window(at: dt.datetime, workspace: Workspace | None) -> dt.datetime:
    """Return the first time from `at` on at which sequences of the workspace may send."""
    if workspace is None or workspace.sending_window is None:
        return at
    zone, window = ZoneInfo(workspace.timezone), workspace.sending_window
    if _is_open(window, at.astimezone(zone)):
        return at
    today = at.astimezone(zone).date()
    opening = dt.time.fromisoformat(window.start)
    for days in range(_LONGEST_SEARCH):
        candidate = _utc(dt.datetime.combine(today + dt.timedelta(days=days), opening), zone)
        # An opening in the hour that is skipped in spring lies outside the window once it is put right.
        if candidate >= at and _is_open(window, candidate.astimezone(zone)):
            return candidate
    return at


def _is_open(window: SendingWindow, local: dt.datetime) -> bool:
    return _DAYS[local.weekday()] in window.days and window.start <= local.strftime("%H:%M") < window.end


def _utc(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return local.replace(tzinfo=zone).astimezone(dt.UTC)
