"""What is sent: the event, in a body whose bytes never change (A26)."""

from typing import Any

import msgspec

from conduyt_kit.kernel.encoding import timestamp
from conduyt_kit.kernel.events import Happened

LARGEST_BODY = 256 * 1024
"""Bytes; receivers commonly take no more. The data of a larger event is replaced by what the event is about."""


def body_of(happened: Happened, workspace: str) -> str:
    """Return the JSON document that tells of an event."""
    body = _document(happened, workspace, happened.data)
    if len(body.encode()) <= LARGEST_BODY:
        return body
    return _document(happened, workspace, {"id": happened.entity_id, "entityType": happened.entity_type, "truncated": True})


def _document(happened: Happened, workspace: str, data: Any) -> str:
    document = {
        "id": happened.id,
        "type": happened.name,
        "timestamp": timestamp(happened.occurred_at),
        "workspaceId": workspace,
        "data": data,
    }
    return msgspec.json.encode(document).decode()
