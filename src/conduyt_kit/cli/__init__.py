"""The ``conduyt`` command, and how an installed app tells it what to run."""

from conduyt_kit.cli.apps import App, process_sources
from conduyt_kit.cli.command_line import main
from conduyt_kit.cli.state import State

__all__ = ["App", "State", "main", "process_sources"]
