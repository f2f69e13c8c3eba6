"""Calls: a log of phone calls with contacts."""

from conduyt_kit.features.calls.entities import CALL, PhoneCall
from conduyt_kit.features.calls.service import Calls

__all__ = ["CALL", "Calls", "PhoneCall"]
