"""The job that calls one automation for one event, in the way of all calls outside: no transaction waits for the other side."""

import datetime as dt

import attrs

from conduyt_kit.features.automations.entities import AUTOMATION, AUTOMATION_RUN, Automation, AutomationRun
from conduyt_kit.features.automations.listeners import CALL
from conduyt_kit.kernel.errors import NotFound, ProviderError, Temporary
from conduyt_kit.kernel.jobs import ExponentialBackoff, JobSpec, RetryLater
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP, HttpReply

MOST_ATTEMPTS = 6

_RETRY = ExponentialBackoff(first=dt.timedelta(seconds=10), longest=dt.timedelta(hours=1))
_TRY_AGAIN = (408, 425, 429)
_LONGEST_BODY = 4000


@attrs.frozen(kw_only=True)
class _Outcome:
    reply: HttpReply | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.reply is not None and self.reply.succeeded

    @property
    def is_final(self) -> bool:
        """Whether another attempt would be answered the same: 404 is what n8n says of a workflow that is not active."""
        return self.reply is not None and self.reply.status < 500 and self.reply.status not in _TRY_AGAIN

    @property
    def problem(self) -> str | None:
        if self.reply is None:
            return self.error
        return None if self.reply.succeeded else f"n8n answered with the status {self.reply.status}"


def _run(run: JobRun) -> None:
    http = run.environment.providers.provider(OUTGOING_HTTP)
    try:
        with http.turn(run.workspace, run.job.args["automation"]):
            begun = _begin(run)
            if begun is None:
                return
            outcome = _call(run, *begun)
    except Temporary as busy:
        # Not an attempt: nothing was sent.
        raise RetryLater(busy.message, after=dt.timedelta(seconds=busy.retry_after or 1)) from busy
    attempt = begun[1].attempt
    wait = None if outcome.is_final or attempt >= MOST_ATTEMPTS else _RETRY(attempt)
    _end(run, outcome, wait)
    if wait is not None:
        raise RetryLater(outcome.problem or "", after=wait)


def _begin(run: JobRun) -> tuple[Automation, AutomationRun] | None:
    """Count an attempt, with the automation as it is at this moment; ``None`` where nothing is to be called any more."""
    with run.unit_of_work() as unit:
        runs = unit.repository(AUTOMATION_RUN)
        try:
            found = runs.get_for_update(run.job.args["run"])
        except NotFound:
            return None
        automation = unit.repository(AUTOMATION).find(found.automation_id)
        if automation is None or found.status != "running":
            return None
        if not automation.active or found.attempt >= MOST_ATTEMPTS:
            error = "The worker died during the last attempt" if automation.active else "The automation was inactive"
            runs.change(found, status="failed", error=error, completed_at=unit.now)
            return None
        return automation, runs.change(found, attempt=found.attempt + 1)


def _call(run: JobRun, automation: Automation, begun: AutomationRun) -> _Outcome:
    headers = {"Content-Type": "application/json", "User-Agent": "Conduyt-Automations/1", "Idempotency-Key": begun.id}
    try:
        http = run.environment.providers.provider(OUTGOING_HTTP)
        return _Outcome(reply=http.post(automation.webhook_url, begun.body.encode(), headers))
    except ProviderError as error:
        return _Outcome(error=error.message)


def _end(run: JobRun, outcome: _Outcome, wait: dt.timedelta | None) -> None:
    with run.unit_of_work(finishes=wait is None) as unit:
        runs = unit.repository(AUTOMATION_RUN)
        try:
            found = runs.get_for_update(run.job.args["run"])
        except NotFound:
            return
        over = wait is None
        runs.change(
            found,
            status=("success" if outcome.succeeded else "failed") if over else "running",
            status_code=outcome.reply.status if outcome.reply else None,
            response_body=_text(outcome.reply.body) if outcome.reply else None,
            error=outcome.problem,
            completed_at=unit.now if over else None,
            duration_ms=_milliseconds(unit.now - found.started_at) if over else None,
        )


def _milliseconds(duration: dt.timedelta) -> int:
    return max(0, round(duration.total_seconds() * 1000))


def _text(body: bytes) -> str:
    # No database takes NUL.
    return body[:_LONGEST_BODY].decode("utf-8", "replace").replace("\x00", "�")


CALL_JOB = JobSpec(kind=CALL, run=_run, max_attempts=200)
"""The run counts its own attempts; the job is claimed more often than that where it has to wait for its turn."""
