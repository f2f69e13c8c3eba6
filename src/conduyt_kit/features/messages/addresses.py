"""Addresses and numbers: as the channels take them, and as they are compared."""

import re
import typing
from typing import Any

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.values import Email, Phone, Rule
from conduyt_kit.ports.messages import ChannelName

CHANNELS: tuple[ChannelName, ...] = ("email", "sms")


def key_of(channel: ChannelName, address: str) -> str:
    """Return what addresses that are the same have in common."""
    return ids.fold(address if channel == "email" else re.sub(r"[\s().\-]", "", address))


def normal(channel: ChannelName, address: str) -> str:
    """Return the address in the form in which contacts have it.

    Raises:
        ValueError: it is no e-mail address, or no phone number; the message says so.
    """
    annotation: Any = Email if channel == "email" else Phone
    rule = next(item for item in typing.get_args(annotation) if isinstance(item, Rule))
    return str(rule.check(address))


def is_normal(channel: ChannelName, address: str) -> bool:
    """Whether a contact may have this address."""
    try:
        normal(channel, address)
    except ValueError:
        return False
    return True


def noun(channel: ChannelName) -> str:
    """Return what the channel's addresses are called."""
    return "email address" if channel == "email" else "phone number"
