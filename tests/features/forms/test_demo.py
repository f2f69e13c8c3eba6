from conduyt_kit import Kit
from conduyt_kit.features.forms.demo import fill
from tests.features.calls import Api
from tests.features.forms.desk import contacts


def test_demo_fills_two_forms_and_submissions_with_contacts(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})

    counts = {form["name"]: form["submissionCount"] for form in api.get("/forms").body["data"]}
    assert counts == {"Website Contact Form": 0, "Free Consultation Request": 3}
    assert [contact["tags"] for contact in contacts(api)] == [["consultation-request"]] * 3
