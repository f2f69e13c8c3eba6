"""Sample workflows for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.workflows.service import Workflows
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create an active workflow that follows on won deals, and, where there is a team, an inactive one that assigns new contacts."""
    workflows = unit[Workflows]
    won = workflows.create(
        name="Deal won: onboarding",
        description="Has somebody schedule the kickoff call when a deal is won",
        trigger_event="deal.won",
        actions=[{"type": "create_task", "config": {"title": "Schedule kickoff call", "dueDays": 2, "assignTo": "deal.owner"}}],
    )
    workflows.activate(won.id)
    teams = shared.get("teams")
    if teams:
        workflows.create(
            name="New lead auto-assignment",
            description="Assigns new leads from the website to the team in turn",
            trigger_event="contact.created",
            conditions={"source": "website"},
            actions=[
                {"type": "assign_contact", "config": {"strategy": "round_robin", "teamId": teams[0].id}},
                {"type": "create_task", "config": {"title": "Follow up with new lead", "dueDays": 1, "assignTo": "contact.owner"}},
            ],
        )
