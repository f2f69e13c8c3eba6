from decimal import Decimal

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.deals import Deals
from conduyt_kit.features.invoices import Invoices
from conduyt_kit.features.pipelines import Pipelines


def test_workspace_without_a_record_has_the_installations_currency() -> None:
    with Kit.build({"default_currency": "EUR"}) as kit, kit.unit_of_work("ours-17") as crm:
        pipeline = crm[Pipelines].create(name="Sales", stages=[{"name": "Lead"}])
        contact = crm[Contacts].create(first_name="Sol", last_name="Okafor")
        deal = crm[Deals].create(name="Boat", value=Decimal(5), pipeline_id=pipeline.id, stage_id="stage_lead")
        line = {"description": "Boat", "quantity": Decimal(1), "unit_price": Decimal(5)}
        invoice = crm[Invoices].create(contact_id=contact.id, items=[line])

    assert (deal.currency, invoice.currency, invoice.tax_rate) == ("EUR", "EUR", Decimal(0))
