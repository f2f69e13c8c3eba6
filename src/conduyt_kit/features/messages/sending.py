"""The job that sends one message, at most once (or, by setting, at least once) whatever crashes.

That a channel is about to be asked is committed before it is asked, and what it answered afterwards. Where the second commit never
came, the message may have been sent: the setting ``messages.after_crash`` decides. The decision to send is taken in the same
transaction that reads the suppressions, under the address's lock.
"""

import datetime as dt
from collections.abc import Callable

import attrs

from conduyt_kit.features.messages.contacts_by_address import note_sending
from conduyt_kit.features.messages.entities import MESSAGE, Message
from conduyt_kit.features.messages.events import MessageDelivered, MessageFailed, MessageSent
from conduyt_kit.features.messages.sender_identities import SenderIdentities
from conduyt_kit.features.messages.service import SEND_MESSAGE, told, why
from conduyt_kit.features.messages.settings import MessageSettings
from conduyt_kit.features.messages.suppressions import Suppressions
from conduyt_kit.features.messages.texts import storable
from conduyt_kit.kernel.errors import Contention, Misconfigured, NotFound, ProviderError, Temporary, ValidationFailed
from conduyt_kit.kernel.jobs import ExponentialBackoff, JobSpec, RetryLater
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL, ChannelName, MessageChannel, OutgoingMessage, SendResult

MOST_TRIES = 10
MAY_HAVE_BEEN_SENT = "Sending was interrupted: the message may have been sent, so it is not sent again"
_LONGEST_REASON = 500
_TRIES_TO_SETTLE = 5


def send_message(run: JobRun) -> None:
    """Send a queued message and write down what became of it; without effect on any other message."""
    claimed = _claim(run)
    if claimed is None:
        return
    try:
        result = _channel(run, claimed.record.channel).send(claimed.outgoing())
    except (Temporary, Misconfigured) as error:
        _try_again(run, error)
    except (ProviderError, ValidationFailed) as error:
        _record_failure(run, error.message)
    else:
        _record_result(run, result)


def _channel(run: JobRun, channel: ChannelName) -> MessageChannel:
    return run.environment.providers.provider(EMAIL_CHANNEL if channel == "email" else SMS_CHANNEL)


@attrs.frozen
class _Claimed:
    record: Message
    sender: str | None

    def outgoing(self) -> OutgoingMessage:
        """Return the message as the channel takes it; raises `ValidationFailed` where a field could become another header."""
        record = self.record
        email = record.channel == "email"
        return OutgoingMessage(
            id=record.id,
            to=record.address,
            text=record.text,
            subject=record.subject,
            html=record.body if email else None,
            sender=self.sender,
            reply_to=record.reply_to,
            headers=_headers(record, self.sender) if email else {},
        )


def _headers(record: Message, sender: str | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if record.origin is None:
        # A person's mail may be answered by a holiday notice.
        headers["Auto-Submitted"] = "no"
    elif sender is not None:
        # A channel marks mail of the server's own sender by itself.
        headers["Auto-Submitted"] = "auto-generated"
    if record.list_unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{record.list_unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _claim(run: JobRun) -> _Claimed | None:
    with run.unit_of_work() as unit:
        message = _waiting(unit, run)
        if message is None:
            return None
        refusal = _refusal(unit, run, message)
        if refusal is not None:
            fail(unit, message, refusal)
            return None
        own = unit[SenderIdentities].sender(message.channel)
        note_sending(unit, message.channel, message.address, message.contact_id, shared=own is None and message.sender is None)
        return _Claimed(unit.repository(MESSAGE).change(message, sending_at=unit.now), message.sender or own)


def _waiting(unit: UnitOfWork, run: JobRun) -> Message | None:
    try:
        message = unit.repository(MESSAGE).get_for_update(run.job.args["message"])
    except NotFound:
        # It went with its contact.
        return None
    return message if message.status == "queued" else None


def _refusal(unit: UnitOfWork, run: JobRun, message: Message) -> str | None:
    if message.sending_at is not None and unit.settings(MessageSettings).after_crash == "unknown":
        return MAY_HAVE_BEEN_SENT
    if run.job.attempt > MOST_TRIES:
        return message.reason or MAY_HAVE_BEEN_SENT
    suppressions = unit[Suppressions]
    suppressions.lock(message.channel, message.address)
    found = suppressions.forbids(message.channel, message.address, automatic=message.origin is not None)
    return None if found is None else f"Not sent: {why(found)}"


def _try_again(run: JobRun, error: Temporary | Misconfigured) -> None:
    uncertain = isinstance(error, Temporary) and error.uncertain
    if uncertain and run.environment.settings.section(MessageSettings).after_crash == "unknown":
        _record_failure(run, f"{MAY_HAVE_BEEN_SENT} ({error.message})")
        return
    if run.job.attempt >= MOST_TRIES:
        _record_failure(run, error.message)
        return
    reason = _reason(error.message)
    _settle(run, lambda unit, message: _back_into_queue(unit, message, reason), finishes=False)
    asked = error.retry_after if isinstance(error, Temporary) else None
    wait = run.spec.retry(run.job.attempt)
    raise RetryLater(error.message, after=wait if asked is None else max(wait, dt.timedelta(seconds=asked)))


def _record_failure(run: JobRun, reason: str) -> None:
    _settle(run, lambda unit, message: fail(unit, message, reason))


def _record_result(run: JobRun, result: SendResult) -> None:
    _settle(run, lambda unit, message: _take_result(unit, message, result))


def _settle(run: JobRun, write: Callable[[UnitOfWork, Message], None], *, finishes: bool = True) -> None:
    for _ in range(_TRIES_TO_SETTLE - 1):
        try:
            _settle_once(run, write, finishes=finishes)
        except Contention:
            # The message may be out already, so its end is not left to the next attempt.
            continue
        return
    _settle_once(run, write, finishes=finishes)


def _settle_once(run: JobRun, write: Callable[[UnitOfWork, Message], None], *, finishes: bool) -> None:
    with run.unit_of_work(finishes=finishes) as unit:
        message = _waiting(unit, run)
        if message is not None:
            write(unit, message)


def _back_into_queue(unit: UnitOfWork, message: Message, reason: str) -> None:
    unit.repository(MESSAGE).change(message, sending_at=None, reason=reason)


def _take_result(unit: UnitOfWork, message: Message, result: SendResult) -> None:
    if result.status == "failed":
        fail(unit, message, "The provider refuses the message", provider=result.provider, provider_id=result.provider_id)
        return
    # What the provider keeps in a queue of its own has left ours.
    delivered = result.status == "delivered"
    sent = unit.repository(MESSAGE).change(
        message,
        status="delivered" if delivered else "sent",
        provider=result.provider,
        provider_id=result.provider_id,
        reason=None,
        sending_at=None,
        sent_at=unit.now,
    )
    unit.emit(MessageSent(**told(sent, unit.now)))
    if delivered:
        unit.emit(MessageDelivered(**told(sent, unit.now)))


def fail(unit: UnitOfWork, message: Message, reason: str, *, provider: str | None = None, provider_id: str | None = None) -> None:
    """Mark a message as failed for good, and tell so."""
    failed = unit.repository(MESSAGE).change(
        message,
        status="failed",
        reason=_reason(reason),
        sending_at=None,
        provider=provider or message.provider,
        provider_id=provider_id or message.provider_id,
    )
    unit.emit(MessageFailed(**told(failed, unit.now), reason=_reason(reason)))


def _reason(text: str) -> str:
    return storable(text)[:_LONGEST_REASON]


SEND_MESSAGE_JOB = JobSpec(
    kind=SEND_MESSAGE,
    run=send_message,
    # Attempts beyond the tries are there to write down the end of a message whose worker died in the last one.
    max_attempts=MOST_TRIES + 3,
    retry=ExponentialBackoff(first=dt.timedelta(seconds=30), longest=dt.timedelta(hours=1)),
)
