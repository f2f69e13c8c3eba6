import pytest

from tests.features.counting import counted_api
from tests.features.forms.desk import ELENA, add_form, submit

CUSTOM = {"name": "Seats", "key": "seats", "type": "number", "entity": "contact"}


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/forms", {"find": 1}),
        ("/forms/{form}", {"find": 1}),
        ("/forms/{form}/submissions", {"get": 1, "find": 1}),
        ("/forms/{form}/embed", {"get": 1}),
        ("/forms/{form}/public", {"locate": 1}),
    ],
)
def test_reading_costs_the_same_however_much_there_is(path: str, calls: dict[str, int]) -> None:
    with counted_api() as (api, storage):
        form = add_form(api)

        def cost() -> dict[str, int]:
            storage.clear()
            assert api.get(path.format(form=form)).status == 200
            return {name: number for name, number in storage.calls.items() if name != "commit"}

        assert cost() == calls
        for number in range(10):
            submit(api, add_form(api), {**ELENA, "email": f"{number}@b.example"})
            submit(api, form)
        assert cost() == calls


def test_submission_of_a_known_contact_asks_for_the_contact_and_writes_once() -> None:
    with counted_api() as (api, storage):
        form = add_form(api)
        submit(api, form)
        storage.clear()

        assert submit(api, form).status == 201

        assert dict(storage.calls) == {"locate": 1, "lock": 1, "find": 1, "insert": 1, "commit": 1}


def test_submission_of_a_new_contact_writes_once_however_many_custom_fields_there_are() -> None:
    with counted_api() as (api, storage):
        form = add_form(api, settings={"autoTag": "Lead"})
        submit(api, form, {**ELENA, "email": "first@b.example"})
        costs = []
        for number in range(2):
            for key in range(number * 20):
                assert api.post("/custom-fields", {**CUSTOM, "name": f"F{key}", "key": f"f{key}"}).status == 201
            storage.clear()
            assert submit(api, form, {**ELENA, "email": f"{number}@b.example", "f1": 1}).status == 201
            costs.append(dict(storage.calls))

        assert costs == [{"locate": 1, "lock": 1, "find": 3, "insert": 1, "commit": 1}] * 2
