"""Custom fields: values of a workspace's own on contacts, deals and companies."""

from conduyt_kit.features.custom_fields.service import CustomFields

__all__ = ["CustomFields"]
