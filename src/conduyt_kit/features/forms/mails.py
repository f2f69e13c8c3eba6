"""The mails that tell of a submission (R112): plain text, so that nothing in it runs or lays anything out."""

from typing import Any

import msgspec

from conduyt_kit.features.forms.checking import is_blank
from conduyt_kit.features.forms.entities import FORM, FORM_SUBMISSION, Form, FormSubmission
from conduyt_kit.features.forms.settings import FormsSettings
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.kernel.jobs import GiveUp, JobSpec, NewJob
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from conduyt_kit.ports.rate_limits import RATE_LIMITER

NOTIFY = "forms.notify"

_LONGEST_SUBJECT = 150


def enqueue(unit: UnitOfWork, form: Form, submission: FormSubmission, *, reply_to: str | None) -> None:
    """Enqueue a mail to each of the form's addresses, unless the form has sent its share already."""
    if not form.settings.notify_emails or not _within_limit(unit, form):
        return
    for address in form.settings.notify_emails:
        unit.enqueue(NewJob(kind=NOTIFY, args={"submission": submission.id, "to": address, "replyTo": reply_to}))


def _within_limit(unit: UnitOfWork, form: Form) -> bool:
    limit = unit.settings(FormsSettings).mail_limit
    if limit in ("", "off"):
        return True
    return unit.provider(RATE_LIMITER).hit(limit, f"form-mail:{unit.context.workspace}:{form.id}").allowed


def notify(run: JobRun) -> None:
    """Mail one submission to one address; nothing where it was deleted in the meantime."""
    with run.unit_of_work() as unit:
        submission = unit.repository(FORM_SUBMISSION).find(run.job.args["submission"])
        form = unit.repository(FORM).find(submission.form_id) if submission else None
        workspace = unit[Workspaces].settings().name
    if submission is None or form is None:
        return
    message = OutgoingMessage(
        id=run.job.id,
        to=run.job.args["to"],
        sender=run.environment.settings.section(KitSettings).mail_from,
        reply_to=run.job.args["replyTo"],
        subject=_line(f"New submission: {form.name}")[:_LONGEST_SUBJECT],
        text=_text(form, submission, workspace),
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        run.environment.providers.provider(EMAIL_CHANNEL).send(message)
    except Rejected as error:
        raise GiveUp(error.message) from error


def _text(form: Form, submission: FormSubmission, workspace: str) -> str:
    labels = {field.key: field.label for field in form.fields}
    keys = [*(key for key in labels if key in submission.data), *(key for key in submission.data if key not in labels)]
    lines = [_entry(labels.get(key, key), submission.data[key]) for key in keys if not is_blank(submission.data[key])]
    return f"The form {_line(form.name)} of {_line(workspace)} was submitted:\n\n" + "\n".join(lines) + f"\n\nSubmission {submission.id}\n"


def _entry(label: str, value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    # Further lines are indented, so that no value looks like another field.
    return f"{_line(label)}: " + "\n    ".join(text.splitlines())


def _line(text: str) -> str:
    return " ".join(text.split())


NOTIFY_JOB = JobSpec(kind=NOTIFY, run=notify)
