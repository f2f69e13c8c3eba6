from typing import Any

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.email_sequences.drip import enrollments
from tests.features.records import ADA, WORKSPACE


def test_demo_shows_a_running_and_a_paused_sequence(api: Api, kit: Kit) -> None:
    shared: dict[str, Any] = {}
    wanted = ("contacts", "email_templates", "email_sequences")
    with kit.unit_of_work(WORKSPACE, actor=ADA) as unit:
        from conduyt_kit.features.custom_fields.demo import fill

        fill(unit, shared)
        for feature in kit.assembly.features:
            if feature.record.demo and feature.record.name in wanted:
                feature.record.demo.fill(unit, shared)

    paused, running = sorted(api.get("/emails/sequences").body["data"], key=lambda item: str(item["status"]), reverse=True)[:2]
    shown = [(item["name"], item["status"], item["enrolledCount"], item["activeCount"]) for item in (paused, running)]

    assert shown == [("Win Back", "inactive", 0, 0), ("New Client Onboarding", "active", 8, 7)]
    assert {item["status"] for item in enrollments(api, running)} == {"active", "unenrolled"}
    assert len(api.get("/emails/templates").body["data"]) == 3
