"""The mail with the link to reset a password (X2).

The request enqueues one job whatever the address, so that neither answer nor timing tells whether it has an account. That job finds
the users of the address and enqueues one mail for each, in the user's own workspace.
"""

from urllib.parse import quote

from conduyt_kit.features.users.entities import USER, users_of_address
from conduyt_kit.features.users.invitations import one_line
from conduyt_kit.features.users.one_time_tokens import OneTimeTokens
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.kernel.jobs import GiveUp, JobSpec, NewJob
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage

RESET_PATH = "/reset-password"
"""The page that the link in the mail opens."""

FIND_ACCOUNTS = "auth.find_accounts"
SEND_RESET = "auth.send_reset"


def find_accounts(run: JobRun) -> None:
    """Enqueue a mail for each active user of the address; the job's id makes that happen once however often this runs."""
    for located in users_of_address(run.environment, run.job.args["email"]):
        if located.record.status == "active":
            context = Context(workspace=located.workspace, correlation_id=run.job.correlation_id or run.job.id)
            with UnitOfWork(run.environment, context) as unit:
                unit.enqueue(NewJob(kind=SEND_RESET, key=f"{run.job.id}:{located.record.id}", args={"user": located.record.id}))


def send_reset(run: JobRun) -> None:
    """Make a fresh token and mail its link; links of earlier mails stop working."""
    with run.unit_of_work() as unit:
        user = unit.repository(USER).find(run.job.args["user"])
        if user is None or user.status != "active":
            return
        token = unit[OneTimeTokens].issue(user.id, "password_reset")
        workspace = unit[Workspaces].current().name
    settings = run.environment.settings.section(KitSettings)
    link = f"{settings.public_url.rstrip('/')}{RESET_PATH}?token={quote(token)}"
    message = OutgoingMessage(
        id=f"{run.job.id}-{run.job.attempt}",
        to=user.email,
        sender=settings.mail_from,
        subject=f"Reset your password for {one_line(workspace)}",
        text=(
            f"Hello {user.name},\n\nopen this link to choose a new password for {workspace}:\n\n{link}\n\n"
            "The link works once, for 2 hours. If you did not ask for it, ignore this mail; your password stays as it is.\n"
        ),
    )
    try:
        run.environment.providers.provider(EMAIL_CHANNEL).send(message)
    except Rejected as error:
        raise GiveUp(error.message) from error


FIND_ACCOUNTS_JOB = JobSpec(kind=FIND_ACCOUNTS, run=find_accounts)
SEND_RESET_JOB = JobSpec(kind=SEND_RESET, run=send_reset)
