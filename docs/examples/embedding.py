"""A CRM inside another program: no server, no database."""

from conduyt_kit import Actor, Kit
from conduyt_kit.features.activities import Activities
from conduyt_kit.features.contacts import Contacts

me = Actor(id="usr_1", name="Ida Holm")

kit = Kit.build()
with kit.unit_of_work(workspace="ws_demo", actor=me) as crm:
    sol = crm[Contacts].create(first_name="Sol", last_name="Okafor", email="sol@example.org", tags=["newsletter"])

with kit.unit_of_work(workspace="ws_demo", actor=me) as crm:
    crm[Contacts].update(sol.id, {"source": "referral"})

with kit.unit_of_work(workspace="ws_demo", write=False) as crm:
    for entry in crm[Activities].of("contact", sol.id):
        print(entry.action, entry.user_name, entry.changes)

kit.stop()
