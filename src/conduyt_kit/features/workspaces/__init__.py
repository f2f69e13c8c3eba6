"""Workspaces: one tenant each, with its settings. A workspace's record lives in the workspace itself."""

from conduyt_kit.features.workspaces.entities import WORKSPACE, Workspace, new_workspace_id
from conduyt_kit.features.workspaces.service import Workspaces, all_workspaces, founding_unit

__all__ = ["WORKSPACE", "Workspace", "Workspaces", "all_workspaces", "founding_unit", "new_workspace_id"]
