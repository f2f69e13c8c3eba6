"""Everything contacts offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.contacts.company_links import SUBSCRIPTIONS
from conduyt_kit.features.contacts.demo import fill
from conduyt_kit.features.contacts.endpoints import ENDPOINTS
from conduyt_kit.features.contacts.entities import CONTACT, CONTACT_TAG
from conduyt_kit.features.contacts.events import ContactTagged
from conduyt_kit.features.contacts.importing.endpoints import ENDPOINTS as IMPORT_ENDPOINTS
from conduyt_kit.features.contacts.importing.entities import CONTACT_IMPORT, IMPORT_CHUNK
from conduyt_kit.features.contacts.importing.job import JOB_SPEC
from conduyt_kit.features.contacts.importing.service import ContactImports
from conduyt_kit.features.contacts.service import Contacts

CONTACTS = FeatureSpec(
    name="contacts",
    description="Contacts: leads, customers, partners",
    requires=("custom_fields", "tags"),
    entities=(CONTACT, CONTACT_TAG, CONTACT_IMPORT, IMPORT_CHUNK),
    services=(Contacts, ContactImports),
    endpoints=(*ENDPOINTS, *IMPORT_ENDPOINTS),
    events=(ContactTagged,),
    subscriptions=SUBSCRIPTIONS,
    jobs=(JOB_SPEC,),
    demo=DemoSpec(fill=fill),
)
