"""Workspaces: one tenant each, with its settings. A workspace's record lives in the workspace itself."""

from conduyt_kit.features.workspaces.entities import WORKSPACE, SendingWindow, Workspace, new_workspace_id
from conduyt_kit.features.workspaces.service import Workspaces, all_workspaces, founding_unit

__all__ = ["WORKSPACE", "SendingWindow", "Workspace", "Workspaces", "all_workspaces", "founding_unit", "new_workspace_id"]
