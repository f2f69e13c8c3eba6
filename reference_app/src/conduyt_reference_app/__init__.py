"""A CRM backend made of Conduyt Kit and its plugins."""

from conduyt_reference_app.app import APP

__all__ = ["APP"]
