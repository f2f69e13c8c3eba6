"""Seeing that the database can be used before a command uses it."""

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from conduyt_kit.kernel.errors import StorageUnavailable

if TYPE_CHECKING:
    from conduyt_kit.cli.state import State
    from conduyt_kit.kit import Kit

EMBEDDED = "sqlite"
"""The dialect of a storage whose database is a file of this installation."""


def ready_kit(state: "State") -> "Kit":
    """Return the kit with its storage ready.

    An embedded database is created and upgraded on the way. Every other one is left alone: whoever runs it decides when its schema
    changes.

    Raises:
        StorageUnavailable: the database cannot be reached, or its migrations are pending; the message says what to run.
    """
    kit = state.kit()
    try:
        kit.environment.storage.check()
    except StorageUnavailable:
        if getattr(kit.environment.storage, "dialect", None) != EMBEDDED:
            raise
        _upgrade(state)
        kit.environment.storage.check()
    return kit


def _upgrade(state: "State") -> None:
    """Run ``conduyt db upgrade``, the command of the plugin that keeps the database."""
    context = click.get_current_context()
    group = state.plugin_commands.get("db")
    command = group.get_command(context, "upgrade") if isinstance(group, click.Group) else None
    if command is not None:
        # What it says is no part of what the command at hand prints.
        with contextlib.redirect_stdout(sys.stderr):
            context.invoke(command)
