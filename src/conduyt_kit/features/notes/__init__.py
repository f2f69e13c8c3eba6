"""Notes: markdown on contacts and deals."""

from conduyt_kit.features.notes.entities import NOTE, Note
from conduyt_kit.features.notes.service import Notes

__all__ = ["NOTE", "Note", "Notes"]
