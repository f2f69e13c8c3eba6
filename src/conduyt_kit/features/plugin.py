"""The CRM is the kit's own first plugin: its features are registered through the same hooks as foreign ones."""

from collections.abc import Iterable
from typing import ClassVar

from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.activities.feature import ACTIVITIES
from conduyt_kit.features.auth.feature import AUTH
from conduyt_kit.features.automations.feature import AUTOMATIONS
from conduyt_kit.features.billing.feature import BILLING
from conduyt_kit.features.bulk.feature import BULK
from conduyt_kit.features.calendars.feature import CALENDARS
from conduyt_kit.features.calls.feature import CALLS
from conduyt_kit.features.companies.feature import COMPANIES
from conduyt_kit.features.contacts.feature import CONTACTS
from conduyt_kit.features.conversations.feature import CONVERSATIONS
from conduyt_kit.features.custom_fields.feature import CUSTOM_FIELDS
from conduyt_kit.features.dashboard.feature import DASHBOARD
from conduyt_kit.features.deals.feature import DEALS
from conduyt_kit.features.email_sequences.feature import EMAIL_SEQUENCES
from conduyt_kit.features.email_templates.feature import EMAIL_TEMPLATES
from conduyt_kit.features.forms.feature import FORMS
from conduyt_kit.features.invoices.feature import INVOICES
from conduyt_kit.features.messages.feature import MESSAGES
from conduyt_kit.features.notes.feature import NOTES
from conduyt_kit.features.pipelines.feature import PIPELINES
from conduyt_kit.features.products.feature import PRODUCTS
from conduyt_kit.features.tags.feature import TAGS
from conduyt_kit.features.tasks.feature import TASKS
from conduyt_kit.features.teams.feature import TEAMS
from conduyt_kit.features.users.feature import USERS
from conduyt_kit.features.webhooks.feature import WEBHOOKS
from conduyt_kit.features.workflows.feature import WORKFLOWS
from conduyt_kit.features.workspaces.feature import WORKSPACES


class CrmPlugin(KitPlugin):
    """All features of the CRM, in the order of their tiers: what is above may import what is below."""

    name: ClassVar[str] = "crm"

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        identity = [WORKSPACES, USERS, TEAMS, AUTH]
        vocabulary = [CUSTOM_FIELDS, TAGS]
        records = [COMPANIES, CONTACTS, PRODUCTS, PIPELINES, EMAIL_TEMPLATES]
        work = [DEALS, TASKS, NOTES, CALLS, CALENDARS, INVOICES, MESSAGES, CONVERSATIONS, BILLING]
        programmes = [WORKFLOWS, AUTOMATIONS, EMAIL_SEQUENCES, FORMS, WEBHOOKS]
        views = [ACTIVITIES, BULK, DASHBOARD]
        return [*identity, *vocabulary, *records, *work, *programmes, *views]
