import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.contacts.importing.entities import IMPORT_CHUNK
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row
from conduyt_kit.features.contacts.importing.service import CHUNK, ContactImports
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import where
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import NOW, TestAuthPlugin
from tests.features.contacts.importing.test_json_import import counts, run
from tests.features.records import ADA, WORKSPACE


class WaitingJobs(KitPlugin):
    name: ClassVar[str] = "waiting-jobs"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=JOB_RUNNER, name="waiting", make=lambda kit: InlineJobs(kit.job_executor, kit.scheduler, eager=False))]


@pytest.fixture
def idle(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    """A kit whose jobs wait until they are drained."""
    options = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with storage_plugins(tmp_path) as plugins, Kit.build(options, plugins=[TestAuthPlugin(), WaitingJobs(), *plugins], clock=clock) as kit:
        yield kit


def drain(kit: Kit) -> None:
    runner = kit.provider(JOB_RUNNER)
    assert isinstance(runner, InlineJobs)
    runner.drain()


def start(kit: Kit, rows: int) -> str:
    with kit.unit_of_work(WORKSPACE, actor=ADA) as unit:
        values = [Row(number, {"firstName": "P", "lastName": str(number), "tags": ["t"]}) for number in range(1, rows + 1)]
        return unit[ContactImports].start(values, ImportOptions()).id


def test_answer_comes_before_any_row_is_handled(idle: Kit) -> None:
    api = Api(idle, "admin-ws_a")
    started = api.post("/contacts/import", {"contacts": [{"firstName": "A", "lastName": "B"}]}).body
    assert api.get(f"/contacts/import/{started['importId']}").body == {**started, "errorDetails": []}
    assert api.get("/contacts").body["meta"]["total"] == 0
    drain(idle)
    assert counts(api.get(f"/contacts/import/{started['importId']}").body) == (1, 0, 0)


def test_import_goes_on_after_a_crash_without_handling_a_row_twice(idle: Kit) -> None:
    api = Api(idle, "admin-ws_a")
    started = start(idle, 2 * CHUNK + 3)
    with idle.unit_of_work(WORKSPACE, actor=ADA) as unit:
        assert unit[ContactImports].handle_chunk(started) is True
    crashing = idle.unit_of_work(WORKSPACE, actor=ADA)
    crashing[ContactImports].handle_chunk(started)
    crashing.rollback()
    assert api.get(f"/contacts/import/{started}").body["created"] == CHUNK
    drain(idle)
    progress = api.get(f"/contacts/import/{started}").body
    assert (progress["status"], counts(progress)) == ("completed", (2 * CHUNK + 3, 0, 0))
    assert api.get("/contacts?limit=1").body["meta"]["total"] == 2 * CHUNK + 3
    with idle.unit_of_work(WORKSPACE, write=False) as unit:
        assert unit.repository(IMPORT_CHUNK).count() == 0


def test_job_that_runs_again_after_the_end_changes_nothing(idle: Kit) -> None:
    api = Api(idle, "admin-ws_a")
    started = start(idle, 2)
    drain(idle)
    done = api.get(f"/contacts/import/{started}").body
    with idle.unit_of_work(WORKSPACE) as unit:
        assert unit[ContactImports].handle_chunk(started) is False
    assert api.get(f"/contacts/import/{started}").body == done


def test_import_whose_job_gave_up_has_failed_until_it_is_retried(idle: Kit, clock: FrozenClock) -> None:
    api = Api(idle, "admin-ws_a")
    started = start(idle, 1)
    with idle.unit_of_work(WORKSPACE) as unit:
        unit.repository(IMPORT_CHUNK).update_where(where(import_id=started), rows=["not a row"])
    for _ in range(5):
        drain(idle)
        clock.advance(dt.timedelta(hours=2))
    assert api.get(f"/contacts/import/{started}").body["status"] == "failed"
    with idle.unit_of_work(WORKSPACE) as unit:
        unit.repository(IMPORT_CHUNK).update_where(where(import_id=started), rows=[[1, {"firstName": "A", "lastName": "B"}, None, None]])
        unit.repository(JOB).update_where(where(key=started), state="queued", attempt=0, due_at=unit.now)
    assert api.get(f"/contacts/import/{started}").body["status"] == "processing"
    drain(idle)
    assert counts(api.get(f"/contacts/import/{started}").body) == (1, 0, 0)


EMAILS = st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "ß@example.com", "SS@example.com", "bad", "", None, 7])
ROWS: st.SearchStrategy[list[Any]] = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                "firstName": st.sampled_from(["Ana", "", " ", None, 1]),
                "lastName": st.sampled_from(["Ruiz", "", None]),
                "email": EMAILS,
                "phone": st.sampled_from(["+14155552671", "123", None]),
                "tags": st.sampled_from([["x"], ["X", "y"], [""], None]),
                "nope": st.just(1),
            },
        ),
        st.sampled_from([None, 7, "x", []]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_every_row_is_counted_exactly_once(rows: list[Any]) -> None:
    options = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(options, plugins=[TestAuthPlugin()], clock=FrozenClock(NOW)) as kit:
        api = Api(kit, "admin-ws_a")
        progress = run(api, rows)
        assert sum(counts(progress)) == len(rows)
        assert len({entry["row"] for entry in progress["errorDetails"]}) == progress["errors"]
        assert api.get("/contacts").body["meta"]["total"] == progress["created"]
        again = run(api, rows)
        assert again["errors"] <= progress["errors"]
        assert sum(counts(again)) == len(rows)
