"""Contacts: the people a team deals with."""

from conduyt_kit.features.contacts.entities import CONTACT, Contact
from conduyt_kit.features.contacts.service import Contacts

__all__ = ["CONTACT", "Contact", "Contacts"]
