"""Workflows: actions that follow on events, with a record of every run."""

from conduyt_kit.features.workflows.entities import WORKFLOW, WORKFLOW_RUN, Workflow, WorkflowRun
from conduyt_kit.features.workflows.runs import WorkflowRuns
from conduyt_kit.features.workflows.service import Workflows

__all__ = ["WORKFLOW", "WORKFLOW_RUN", "Workflow", "WorkflowRun", "WorkflowRuns", "Workflows"]
