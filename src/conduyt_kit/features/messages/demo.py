"""Sample messages for `conduyt demo`. They are written as sent and received long ago: nothing leaves the server."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.messages import addresses
from conduyt_kit.features.messages.entities import MESSAGE, Message
from conduyt_kit.features.messages.events import MessageQueued, MessageReceived
from conduyt_kit.features.messages.service import told
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import ChannelName

_OFFER = "The offer, as discussed"


@attrs.frozen
class _Sample:
    hours_ago: int
    channel: ChannelName
    inbound: bool
    text: str


_THREADS = (
    (
        _Sample(52, "email", False, "Good morning, the offer is attached. Does Thursday suit you for a call?"),
        _Sample(49, "email", True, "Thursday at ten is fine. Please bring the figures for the second site."),
        _Sample(3, "sms", True, "Running ten minutes late, sorry!"),
    ),
    (_Sample(30, "sms", False, "Your delivery arrives tomorrow between 9 and 11."), _Sample(29, "sms", True, "Perfect, thank you.")),
    (_Sample(75, "email", False, "Welcome aboard! Here is whom to ask for what."),),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Write threads with the first contacts that have an address and a number."""
    reachable = [contact for contact in shared.get("contacts") or () if contact.email and contact.phone]
    for contact, thread in zip(reachable, _THREADS, strict=False):
        for sample in thread:
            _write(unit, contact, sample)


def _write(unit: UnitOfWork, contact: Any, sample: _Sample) -> None:
    at = unit.now - dt.timedelta(hours=sample.hours_ago)
    email = sample.channel == "email"
    address = contact.email if email else contact.phone
    message: Message = unit.repository(MESSAGE).create(
        contact_id=contact.id,
        channel=sample.channel,
        direction="inbound" if sample.inbound else "outbound",
        subject=_OFFER if email else None,
        body=f"<p>{sample.text}</p>" if email else sample.text,
        text=sample.text,
        status="received" if sample.inbound else "delivered",
        address=address,
        address_key=addresses.key_of(sample.channel, address),
        sent_at=at,
        created_at=at,
        updated_at=at,
    )
    event = MessageReceived if sample.inbound else MessageQueued
    unit.emit(event(**told(message, at), preview=sample.text))
