"""Alembic revisions of the kit's own tables, and what revisions of any owner run in."""
