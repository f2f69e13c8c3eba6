from tests.features.calls import Api

BINDING = (
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "contact.tagged",
    "company.created",
    "company.updated",
    "company.deleted",
    "deal.created",
    "deal.updated",
    "deal.stage_changed",
    "deal.won",
    "deal.lost",
    "task.created",
    "task.completed",
    "note.created",
    "message.sent",
    "message.received",
    "message.delivered",
    "message.failed",
    "appointment.scheduled",
    "invoice.created",
    "invoice.sent",
    "invoice.paid",
    "invoice.voided",
    "payment.recorded",
    "call.logged",
    "sequence.enrolled",
    "sequence.completed",
    "sequence.unenrolled",
    "user.invited",
    "user.removed",
    "form.submitted",
    "test.ping",
)


def test_catalogue_has_every_documented_event_with_its_fields(api: Api) -> None:
    listed = {event["name"]: event for event in api.get("/events").body["data"]}

    assert set(BINDING) - set(listed) == set()
    assert all(event["description"] and event["fields"] for event in listed.values())
