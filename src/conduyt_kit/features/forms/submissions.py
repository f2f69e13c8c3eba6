"""What follows when somebody submits a form: the submission, the contact, the event and the mails, in one commit."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.contacts import Contact, Contacts
from conduyt_kit.features.contacts.service import with_email_key
from conduyt_kit.features.custom_fields import CustomFields, ValueChecker
from conduyt_kit.features.forms import mails
from conduyt_kit.features.forms.checking import TRAP, check, number_of
from conduyt_kit.features.forms.entities import FORM_SUBMISSION, Form, FormSubmission
from conduyt_kit.features.forms.events import FormSubmitted
from conduyt_kit.features.forms.submitters import Submitter, submitter_of
from conduyt_kit.features.tags import Tags
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import PLAN_LIMITS, PlanLimitReached

SOURCE = "form"
"""The source of contacts that are made of submissions."""


class Submissions:
    """What was submitted with a workspace's forms."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._submissions = unit.repository(FORM_SUBMISSION)

    def submit(self, form: Form, data: Mapping[str, Any]) -> FormSubmission:
        """Keep what somebody submitted (R109 to R112, A36).

        A contact with the submitted address is matched, the oldest of several, and keeps its values, since anybody may type any address;
        it gets the form's tag, and the form's user where nobody is assigned. Else a contact is made; where the plan allows no more, the
        submission is kept without one. Submissions of one address at once wait for each other, so that they make one contact.

        Raises:
            ValidationFailed: the data does not fit the form, or a trap was filled in.
        """
        check(form, data)
        kept = {key: value for key, value in data.items() if key != TRAP}
        person = submitter_of(form, kept)
        contact = self._contact(form, person) if person else None
        contact_id = contact.id if contact else None
        made = self._submissions.create(form_id=form.id, data=kept, contact_id=contact_id, submitted_at=self._unit.now)
        self._unit.emit(FormSubmitted(form_id=form.id, form_name=form.name, submission_id=made.id, contact_id=contact_id, data_=kept))
        mails.enqueue(self._unit, form, made, reply_to=person.email if person else None)
        return made

    def _contact(self, form: Form, person: Submitter) -> Contact | None:
        contacts = self._unit[Contacts]
        contacts.lock_addresses([ids.fold(person.email)])
        known = contacts.with_email(person.email)
        if known is not None:
            return self._routed(form, known, person.email)
        try:
            return self._new(form, person)
        except PlanLimitReached:
            return None

    def _routed(self, form: Form, known: Loaded[Contact], email: str) -> Contact:
        tag = form.settings.auto_tag
        tags = [tag] if tag and ids.fold(tag) not in {ids.fold(had.name) for had in known.related["tags"]} else []
        assignee = self._assignee(form) if known.record.assigned_to is None else None
        if not tags and assignee is None:
            return known.record
        return self._unit[Contacts].upsert_by_email(email=email, tags=tags, assigned_to=assignee)[0]

    def _new(self, form: Form, person: Submitter) -> Contact:
        # Like an import's rows, past the check that requires custom fields: a lead is not lost for a field the form does not have.
        values = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "phone": person.phone,
            "source": SOURCE,
            "assigned_to": self._assignee(form),
            "custom_fields": _fitting(self._unit[CustomFields].checker("contact"), person.others),
            **with_email_key({"email": person.email}),
        }
        tags = self._unit[Tags].ensure([form.settings.auto_tag] if form.settings.auto_tag else [])
        self._unit.provider(PLAN_LIMITS).check(self._unit, "contacts")
        return self._unit[Contacts].insert(values, tags).record

    def _assignee(self, form: Form) -> str | None:
        """Return the user that contacts are assigned to, unless that user is gone or inactive."""
        users = self._unit.repository_named("user") if form.settings.assign_to else None
        user = users.find(str(form.settings.assign_to)) if users else None
        return str(user.id) if user is not None and user.status == "active" else None


def _fitting(checker: ValueChecker, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that fit a custom field of their key."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        definition = checker.definitions.get(key)
        if definition is None:
            continue
        number = number_of(value) if definition.type == "number" and isinstance(value, str) else None
        try:
            # As a change of a record that has nothing yet: other fields are not asked for.
            found |= checker.checked({key: value if number is None else number}, {})
        except ValidationFailed:
            continue
    return found
