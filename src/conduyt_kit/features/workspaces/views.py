"""What the endpoints show."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs

from conduyt_kit.features.workspaces.entities import Plan, SendingWindow, Workspace


@attrs.frozen(kw_only=True)
class WorkspaceView:
    """A workspace and its settings (X4)."""

    id: str
    name: str
    plan: Plan
    currency: str
    timezone: str
    default_tax_rate: Decimal
    track_engagement: bool
    stop_sequences_on_reply: bool
    sending_window: SendingWindow | None
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class EventView:
    """An entry of the event catalogue (X5); `fields` maps each name in the event's data to what it means."""

    name: str
    description: str
    version: int
    entity: str | None
    fields: dict[str, Any]


def view(workspace: Workspace) -> WorkspaceView:
    return WorkspaceView(
        id=workspace.id,
        name=workspace.name,
        plan=workspace.plan,
        currency=workspace.currency,
        timezone=workspace.timezone,
        default_tax_rate=workspace.default_tax_rate,
        track_engagement=workspace.track_engagement,
        stop_sequences_on_reply=workspace.stop_sequences_on_reply,
        sending_window=workspace.sending_window,
        created_at=workspace.created_at,
    )
