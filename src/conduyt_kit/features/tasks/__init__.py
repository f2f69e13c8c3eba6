"""Tasks: what somebody is to do, for a contact or deal or neither."""

from conduyt_kit.features.tasks.entities import TASK, Task
from conduyt_kit.features.tasks.service import Tasks

__all__ = ["TASK", "Task", "Tasks"]
