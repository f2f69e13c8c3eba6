import threading
from collections.abc import Iterator

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.forms.desk import add_form, contacts, submissions, submit
from tests.features.storages import postgres_plugin

THREADS = 8


@pytest.fixture
def postgres() -> Iterator[Kit]:
    """A kit on PostgreSQL, where transactions run side by side."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with postgres_plugin() as sql, Kit.build(settings, plugins=[TestAuthPlugin(), sql]) as kit:
        yield kit


@pytest.mark.service
def test_submissions_of_one_new_address_at_once_make_one_contact(postgres: Kit) -> None:
    api = Api(postgres, "admin-ws_a")
    form = add_form(api, settings={"autoTag": "Lead"})
    barrier = threading.Barrier(THREADS)
    found: list[int] = []

    def run(number: int) -> None:
        barrier.wait()
        for round_number in range(3):
            email = f"p{round_number}@b.example"
            found.append(submit(api, form, {"name": f"P {number}", "email": email.upper() if number % 2 else email}).status)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [201] * 24
    assert sorted(str(contact["email"]).casefold() for contact in contacts(api)) == [f"p{number}@b.example" for number in range(3)]
    assert [contact["tags"] for contact in contacts(api)] == [["Lead"]] * 3
    made = submissions(api, form)
    assert (len(made), len({submission["contactId"] for submission in made})) == (24, 3)
