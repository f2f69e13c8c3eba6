import datetime as dt
import random
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import CONTACT, Contact, Contacts
from conduyt_kit.features.contacts.importing import Row, import_rows
from conduyt_kit.features.tags import TAG, Tags
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.contacts.test_contacts import create
from tests.features.records import WORKSPACE, trail
from tests.features.storages import postgres_plugin

THREADS = 8


def upsert(kit: Kit, **values: Any) -> tuple[Contact, bool]:
    with kit.unit_of_work(WORKSPACE) as unit:
        return unit[Contacts].upsert_by_email(**values)


def contacts(kit: Kit) -> list[Contact]:
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        return list(unit.repository(CONTACT).all())


def test_unknown_address_makes_a_contact(kit: Kit) -> None:
    contact, created = upsert(kit, email="mia@example.com", first_name="Mia", tags=["form"])
    assert (created, contact.first_name, contact.last_name) == (True, "Mia", "")
    assert contacts(kit) == [contact]


def test_known_address_updates_in_whatever_case(kit: Kit, api: Api) -> None:
    known = create(api, email="Mia.Voss@Example.com", source="ad", tags=["vip"])
    contact, created = upsert(kit, email="MIA.VOSS@example.COM", first_name="Maria", source="", phone=None, tags=["form"])
    assert (created, contact.id, contact.first_name) == (False, known["id"], "Maria")
    shown = api.get(f"/contacts/{known['id']}").body["data"]
    assert (shown["email"], shown["source"], shown["lastName"], shown["tags"]) == ("Mia.Voss@example.com", "ad", "Voss", ["form", "vip"])
    assert len(contacts(kit)) == 1


def test_oldest_of_several_contacts_is_updated(kit: Kit, api: Api, clock: Any) -> None:
    old = create(api, email="mia@example.com")
    clock.advance(dt.timedelta(days=1))
    create(api, email="mia@example.com")
    assert upsert(kit, email="mia@example.com", source="form")[0].id == old["id"]


def test_update_that_says_nothing_new_is_not_logged(kit: Kit, api: Api) -> None:
    create(api, email="mia@example.com", tags=["vip"])
    upsert(kit, email="mia@example.com", first_name="Mia", tags=["VIP"])
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created"]


@pytest.fixture
def postgres() -> Iterator[Kit]:
    """A kit on PostgreSQL, where transactions run side by side."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with postgres_plugin() as sql, Kit.build(settings, plugins=[TestAuthPlugin(), sql]) as kit:
        assert kit.environment.storage
        yield kit


def at_once(work: Any) -> None:
    barrier = threading.Barrier(THREADS)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.service
def test_parallel_upserts_of_one_address_make_one_contact(postgres: Kit) -> None:
    spellings = ["ünal@example.com", "ÜNAL@example.com", unicodedata.normalize("NFD", "ünal@example.com"), "Ünal@Example.com"]
    for round_number in range(5):
        at_once(lambda number, at=round_number: upsert(postgres, email=f"{at}{spellings[number % 4]}", first_name="U", tags=[f"t{number}"]))
    assert len(contacts(postgres)) == 5
    with postgres.unit_of_work(WORKSPACE, write=False) as unit:
        for contact in contacts(postgres):
            assert len(unit[Contacts].get(contact.id).related["tags"]) == THREADS


@pytest.mark.service
def test_imports_and_upserts_of_the_same_addresses_at_once_make_one_contact_each(postgres: Kit) -> None:
    addresses = [f"p{number}@example.com" for number in range(40)]

    def work(number: int) -> None:
        if number % 2:
            for address in addresses[number::THREADS]:
                upsert(postgres, email=address.upper(), first_name="P", tags=["form"])
            return
        mixed = random.Random(number).sample(addresses, len(addresses))
        rows = [Row(at, {"email": email, "firstName": "P", "lastName": "X", "tags": ["import"]}) for at, email in enumerate(mixed, 1)]
        outcome = import_rows(lambda: postgres.unit_of_work(WORKSPACE), rows)
        assert (outcome.created + outcome.updated, outcome.details) == (len(rows), [])

    at_once(work)
    assert sorted(contact.email_key or "" for contact in contacts(postgres)) == sorted(addresses)
    with postgres.unit_of_work(WORKSPACE, write=False) as unit:
        tagged = [{tag.name for tag in unit[Contacts].get(contact.id).related["tags"]} for contact in contacts(postgres)]
    assert sum("form" in names for names in tagged) == 20
    assert all("import" in names for names in tagged)


@pytest.mark.service
def test_parallel_use_of_a_new_tag_makes_one_tag(postgres: Kit) -> None:
    def tag(number: int, name: str) -> None:
        with postgres.unit_of_work(WORKSPACE) as unit:
            unit[Tags].ensure([name, f"own {number}"])

    for round_number in range(5):
        at_once(lambda number, at=round_number: tag(number, f"New {at}"))
    with postgres.unit_of_work(WORKSPACE, write=False) as unit:
        assert len(unit.repository(TAG).all()) == 5 + THREADS


@pytest.mark.service
@pytest.mark.parametrize("way", ["created", "renamed"])
def test_use_of_a_tag_that_is_being_written_waits_for_it(postgres: Kit, way: str) -> None:
    with postgres.unit_of_work(WORKSPACE) as unit:
        old = unit[Tags].create(name="Old")
    writing = postgres.unit_of_work(WORKSPACE)
    tag = writing[Tags].create(name="New") if way == "created" else writing[Tags].update(old.id, {"name": "New"})
    writing.flush()
    with ThreadPoolExecutor(1) as pool:

        def use() -> str:
            with postgres.unit_of_work(WORKSPACE) as unit:
                return unit[Tags].ensure(["NEW"])[0].id

        used = pool.submit(use)
        # Long enough for the other to reach the lock; if it is later than that, it finds the tag without waiting.
        time.sleep(0.3)
        writing.commit()
        assert used.result() == tag.id
