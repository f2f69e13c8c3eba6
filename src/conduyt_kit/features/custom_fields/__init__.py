"""Custom fields: values of a workspace's own on contacts, deals and companies."""

from conduyt_kit.features.custom_fields.checking import ValueChecker
from conduyt_kit.features.custom_fields.entities import CustomField
from conduyt_kit.features.custom_fields.service import CustomFields

__all__ = ["CustomField", "CustomFields", "ValueChecker"]
