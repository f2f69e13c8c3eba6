"""The mail that invites somebody, sent by a durable job after the commit (X3)."""

from urllib.parse import quote

from conduyt_kit.features.users.entities import USER
from conduyt_kit.features.users.one_time_tokens import OneTimeTokens
from conduyt_kit.features.users.service import SEND_INVITATION
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.kernel.jobs import GiveUp, JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage

ACCEPT_PATH = "/accept-invitation"
"""The page that the link in the mail opens."""


def send_invitation(run: JobRun) -> None:
    """Make a fresh token and mail its link, unless the user was removed or has accepted meanwhile.

    The token is never in the job's row: a repeated attempt makes a new one, and only the latest link works.
    """
    with run.unit_of_work() as unit:
        user = unit.repository(USER).find(run.job.args["user"])
        if user is None or user.status != "invited":
            return
        token = unit[OneTimeTokens].issue(user.id, "invitation")
        workspace = unit[Workspaces].current().name
    settings = run.environment.settings.section(KitSettings)
    link = f"{settings.public_url.rstrip('/')}{ACCEPT_PATH}?token={quote(token)}"
    message = OutgoingMessage(
        id=f"{run.job.id}-{run.job.attempt}",
        to=user.email,
        sender=settings.mail_from,
        subject=f"You are invited to {one_line(workspace)}",
        text=(
            f"Hello {user.name},\n\nyou are invited to work in {workspace}. Open this link to choose a password and begin:\n\n{link}\n\n"
            "The link works once, for 7 days. If you did not expect this mail, ignore it.\n"
        ),
    )
    try:
        run.environment.providers.provider(EMAIL_CHANNEL).send(message)
    except Rejected as error:
        raise GiveUp(error.message) from error


def one_line(text: str) -> str:
    """Return a text that people entered as it may stand in a mail's subject."""
    return " ".join(text.split())


INVITATION_JOB = JobSpec(kind=SEND_INVITATION, run=send_invitation)
