"""Which workspace a message that came in belongs to (X10)."""

import datetime as dt

from conduyt_kit.features.messages import addresses
from conduyt_kit.features.messages.entities import CORRESPONDENT, SENDER_IDENTITY
from conduyt_kit.features.workspaces import all_workspaces
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.ports.messages import ChannelName, IncomingMessage


def workspace_for(environment: Environment, channel: ChannelName, incoming: IncomingMessage) -> str | None:
    """Return the workspace of an incoming message, or ``None`` if it is nobody's.

    It is the workspace whose sender identity was written to. What was sent to the server's own sender belongs to the workspace that
    last wrote to the sender from there, else to the only workspace.
    """
    return (
        _owner(environment, channel, incoming.recipient)
        or _last_to_write(environment, channel, incoming.sender)
        or _only_workspace(environment)
    )


def _owner(environment: Environment, channel: ChannelName, recipient: str) -> str | None:
    located = environment.storage.locate(SENDER_IDENTITY, "address_key", addresses.key_of(channel, recipient))
    owners = [found for found in located if found.record.channel == channel]
    # Two workspaces that took one address in the same moment: it is whose it was first.
    return min(owners, key=lambda found: (found.record.created_at, found.record.id)).workspace if owners else None


def _last_to_write(environment: Environment, channel: ChannelName, sender: str) -> str | None:
    located = environment.storage.locate(CORRESPONDENT, "address_key", addresses.key_of(channel, sender))
    written: list[tuple[dt.datetime, str]] = [
        (found.record.shared_at, found.workspace) for found in located if found.record.channel == channel and found.record.shared_at
    ]
    return max(written)[1] if written else None


def _only_workspace(environment: Environment) -> str | None:
    workspaces = all_workspaces(environment)
    return workspaces[0].id if len(workspaces) == 1 else None
