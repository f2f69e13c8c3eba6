import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conduyt_kit import Kit
from conduyt_kit.features.messages import SEND_MESSAGE, Messages
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.jobs import NewJob
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import EMAIL, PostPlugin, add_mira, come_in, jobs_of, state, write
from tests.features.records import told
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin

WORKERS = 8


def at_once(run: Callable[[int], object]) -> list[object]:
    """Run something in 8 threads at the same moment and return what each returned."""
    barrier = threading.Barrier(WORKERS)

    def one(number: int) -> object:
        barrier.wait(timeout=30)
        return run(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def work(kit: Kit) -> None:
    executor = kit.job_executor()
    while executor.run_due(limit=2):
        pass


def test_eight_workers_send_each_message_once(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    ids = [write(api, mira) for _ in range(12)]
    # Two jobs for one message, as after a mistake: the message's own state decides.
    with kit.unit_of_work("ws_a") as unit:
        for id in ids:
            unit.enqueue(NewJob(kind=SEND_MESSAGE, args={"message": id}))

    at_once(lambda _: work(kit))

    assert Counter(mail.id for mail in post.mail.sent) <= Counter(ids)
    failed = {id for id in ids if state(api, id)[0] == "failed"}
    assert {mail.id for mail in post.mail.sent} | failed == set(ids)
    assert {job.state for job in jobs_of(kit, SEND_MESSAGE)} == {"done"}


def test_eight_workers_send_every_message_where_each_has_its_job(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    ids = [write(api, mira) for _ in range(24)]

    at_once(lambda _: work(kit))

    assert Counter(mail.id for mail in post.mail.sent) == Counter(ids)
    assert {state(api, id) for id in ids} == {("sent", None)}
    assert len(told(kit, "message.sent")) == len(ids)


def test_one_origin_writes_one_message_however_many_write_at_once(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    def write_automatically(_: int) -> str | list[str]:
        try:
            with kit.unit_of_work("ws_a") as unit:
                message = unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:enr_1:1")
        except ValidationFailed as refusal:
            return [detail.field for detail in refusal.details]
        return message.id if message else ""

    written = at_once(write_automatically)

    [message] = api.get("/messages").body["data"]
    assert {str(one) for one in written} <= {message["id"], "['origin']"}
    work(kit)
    assert [mail.id for mail in post.mail.sent] == [message["id"]]


def test_message_waits_for_a_suppression_under_way_and_is_not_sent_after_it(kit: Kit, api: Api, post: PostPlugin, mira: str) -> None:
    id = write(api, mira)
    worker = threading.Thread(target=work, args=(kit,))
    with kit.unit_of_work("ws_a") as unit:
        unit[Messages].suppress(EMAIL, "email", "manual")
        unit.flush()
        worker.start()
        # Long enough for a worker that does not wait; one that waits is not measured.
        worker.join(timeout=0.3)
    worker.join(timeout=30)
    work(kit)

    assert post.mail.sent == []
    assert state(api, id) == ("failed", "Not sent: the address is on the suppression list")


def test_message_that_comes_many_times_at_once_is_kept_once(api: Api, mira: str) -> None:
    assert at_once(lambda _: come_in(api)) == [204] * WORKERS
    assert [message["contactId"] for message in api.get("/messages").body["data"]] == [mira]
    assert api.get("/conversations").body["data"][0]["unreadCount"] == 1


def test_messages_of_one_stranger_at_once_make_one_contact(api: Api) -> None:
    assert at_once(lambda number: come_in(api, "email", id=f"in-{number}", sender="new@harbor.example")) == [204] * WORKERS
    [contact] = api.get("/contacts").body["data"]
    [thread] = api.get("/conversations").body["data"]
    assert (thread["contactId"], thread["unreadCount"]) == (contact["id"], WORKERS)


def test_address_suppressed_many_times_at_once_is_suppressed_once(kit: Kit, api: Api, mira: str) -> None:
    found = at_once(lambda _: api.post("/suppressions", {"channel": "email", "address": EMAIL}).status)
    assert sorted(found) == [200] * (WORKERS - 1) + [201]  # type: ignore[type-var]
    assert len(api.get("/suppressions").body["data"]) == 1
    assert len(told(kit, "contact.unsubscribed")) == 1


def test_plan_with_room_for_one_message_lets_one_of_many_through(tmp_path: Path, post: PostPlugin) -> None:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "billing": {"limits": {"starter": {"messages": 3}}}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), post]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more]) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        mira = add_mira(api)
        for _ in range(2):
            write(api, mira)
        body = {"contactId": mira, "channel": "sms", "body": "Hello"}
        replies = at_once(lambda _: api.post("/messages", body).status)
        assert sorted(replies) == [201] + [409] * (WORKERS - 1)  # type: ignore[type-var]
        work(kit)
        assert (len(post.mail.sent), len(post.sms.sent)) == (2, 1)
        assert api.get("/messages").body["meta"]["total"] == 3
