"""The use cases of webhooks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY, Webhook, WebhookDelivery
from conduyt_kit.features.webhooks.events import WebhookDisabled
from conduyt_kit.features.webhooks.listeners import LISTENING, enqueue
from conduyt_kit.features.webhooks.owner_mail import tell_owners
from conduyt_kit.features.webhooks.signing import new_secret
from conduyt_kit.kernel.errors import Conflict, Detail, ValidationFailed
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP

MOST_WEBHOOKS = 1000
"""Per workspace: each costs a delivery per event."""

OVERLAP = dt.timedelta(hours=24)
"""How long the secret before still signs after a rotation."""

_SHOWN_DELIVERIES = 50


class Webhooks:
    """Webhooks of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._webhooks = unit.repository(WEBHOOK)
        self._deliveries = unit.repository(WEBHOOK_DELIVERY)

    def get(self, id: str) -> Webhook:
        """Return a webhook.

        Raises:
            NotFound: no such webhook.
        """
        return self._webhooks.get(id)

    def all(self) -> Sequence[Webhook]:
        """Return all webhooks, oldest first."""
        return self._webhooks.all()

    def latest_deliveries(self, id: str) -> Sequence[WebhookDelivery]:
        """Return the latest deliveries to a webhook, newest first (R78)."""
        return self._deliveries.all(where(webhook_id=id), limit=_SHOWN_DELIVERIES)

    def create(self, *, url: str, events: Sequence[str], active: bool = True) -> Webhook:
        """Register a webhook with a fresh secret (R75, R76).

        Raises:
            ValidationFailed: the address is not one that may be called, or an event is unknown.
            Conflict: the workspace has as many webhooks as it may have.
        """
        self._require_url(url)
        self._require_events(events)
        self._unit.lock("webhooks")
        if self._webhooks.count() >= MOST_WEBHOOKS:
            raise Conflict(f"A workspace has at most {MOST_WEBHOOKS} webhooks; delete one first")
        if active:
            LISTENING.changed(self._unit)
        return self._webhooks.create(
            url=url,
            events=list(dict.fromkeys(events)),
            active=active,
            active_since=self._unit.now,
            signing_secret=new_secret(),
            created_by=self._unit.context.actor.id,
        )

    def update(self, id: str, changes: Mapping[str, Any]) -> Webhook:
        """Change address, events or whether it is active; queued retries go where the webhook points then.

        Switching it on clears what it was disabled for.

        Raises:
            NotFound: no such webhook.
            ValidationFailed: as for `create`.
        """
        wanted = dict(changes)
        if "url" in wanted:
            self._require_url(wanted["url"])
        if "events" in wanted:
            self._require_events(wanted["events"])
            wanted["events"] = list(dict.fromkeys(wanted["events"]))
        webhook = self._webhooks.get_for_update(id)
        if wanted.get("active") and not webhook.active:
            wanted |= {"active_since": self._unit.now, "disabled_reason": None, "failing_since": None}
        if wanted.get("url", webhook.url) != webhook.url:
            wanted["failing_since"] = None
        changed = self._webhooks.change(webhook, **wanted)
        (LISTENING.changed if changed.active else LISTENING.removed)(self._unit)
        return changed

    def rotate_secret(self, id: str) -> Webhook:
        """Make a fresh secret; for `OVERLAP` what is sent is signed with the one before as well (X6).

        Raises:
            NotFound: no such webhook.
        """
        webhook = self._webhooks.get_for_update(id)
        rotated: dict[str, Any] = {
            "signing_secret": new_secret(),
            "previous_signing_secret": webhook.signing_secret,
            "previous_until": self._unit.now + OVERLAP,
        }
        self._webhooks.update_where(where(id=webhook.id), **rotated, updated_at=self._unit.now)
        self._unit.log("webhook", webhook.id, "updated")
        return attrs.evolve(webhook, **rotated)

    def delete(self, id: str) -> None:
        """Delete a webhook with its deliveries; queued retries find nothing to do (R79).

        Raises:
            NotFound: no such webhook.
        """
        webhook = self._webhooks.get_for_update(id)
        LISTENING.removed(self._unit)
        self._deliveries.delete_where(where(webhook_id=webhook.id))
        self._webhooks.remove(webhook)

    def disable(self, id: str, reason: str) -> None:
        """Switch a webhook off because its receiver is gone, and tell its owner. Nothing happens where it is off already."""
        webhook = self._webhooks.get_for_update(id)
        if not webhook.active:
            return
        LISTENING.removed(self._unit)
        self._webhooks.change(webhook, active=False, disabled_reason=reason)
        self._unit.emit(WebhookDisabled(webhook_id=webhook.id, url=webhook.url, reason=reason))
        tell_owners(self._unit, webhook, reason)

    def delivery(self, id: str, delivery_id: str) -> WebhookDelivery:
        """Return a delivery to a webhook.

        Raises:
            NotFound: no such delivery to that webhook.
        """
        found = self._deliveries.get(delivery_id)
        return found if found.webhook_id == id else self._deliveries.get(f"{delivery_id} of {id}")

    def redeliver(self, id: str, delivery_id: str) -> WebhookDelivery:
        """Begin a new round of attempts at a delivery, with the same id and body; a round under way is given up (X6).

        Raises:
            NotFound: no such delivery to that webhook.
            Conflict: the webhook is inactive.
        """
        self.require_active(id)
        return self.begin_round(self._deliveries.get_for_update(self.delivery(id, delivery_id).id))

    def begin_round(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """Begin a new round of a delivery read for update."""
        fresh = self._deliveries.change(
            delivery, status="pending", round=delivery.round + 1, attempt=0, error=None, next_attempt_at=self._unit.now
        )
        enqueue(self._unit, fresh)
        return fresh

    def require_active(self, id: str) -> Webhook:
        """Return an active webhook.

        Raises:
            NotFound: no such webhook.
            Conflict: it is inactive.
        """
        webhook = self._webhooks.get(id)
        if not webhook.active:
            raise Conflict("The webhook is inactive; set active to true first")
        return webhook

    def _require_url(self, url: str) -> None:
        try:
            self._unit.provider(OUTGOING_HTTP).check(url)
        except ValueError as error:
            raise ValidationFailed.on("url", str(error)) from error

    def _require_events(self, events: Sequence[str]) -> None:
        known = self._unit.environment.events.knows
        wrong = [Detail(f"events[{index}]", "Is no event; GET /events lists them") for index, name in enumerate(events) if not known(name)]
        if wrong:
            raise ValidationFailed.of(wrong)
