"""Bulk operations of a test: kits whose jobs wait, records to operate on, progress."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.workspaces import Workspaces, founding_unit
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.records import WORKSPACE


class WaitingJobs(KitPlugin):
    name: ClassVar[str] = "waiting-jobs"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=JOB_RUNNER, name="waiting", make=lambda kit: InlineJobs(kit.job_executor, kit.scheduler, eager=False))]


@contextmanager
def waiting_kit(plugins: Iterable[KitPlugin], clock: Clock | None = None) -> Iterator[Kit]:
    """Yield a kit whose jobs wait until they are drained."""
    options = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(options, plugins=[TestAuthPlugin(), WaitingJobs(), *plugins], clock=clock) as kit:
        yield kit


def drain(kit: Kit) -> None:
    runner = kit.provider(JOB_RUNNER)
    assert isinstance(runner, InlineJobs)
    runner.drain()


def found_workspace(kit: Kit) -> None:
    with founding_unit(kit.environment, workspace=WORKSPACE) as unit:
        unit[Workspaces].create(name="Marsh & Co")


def add_contacts(kit: Kit, number: int) -> list[str]:
    """Create contacts called P 0, P 1, ... and return their ids."""
    with kit.unit_of_work(WORKSPACE) as unit:
        return [unit[Contacts].create(first_name="P", last_name=str(n)).id for n in range(number)]


def started(api: Api, what: str, ids: list[str], **more: Any) -> dict[str, Any]:
    status, body = api.post(f"/bulk/{what}", {"ids": ids, **more})
    assert status == 202, body
    assert isinstance(body, dict)
    return body


def progress(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    status, body = api.get(f"/bulk/jobs/{job['jobId']}")
    assert status == 200, body
    assert isinstance(body, dict)
    return body


def ran(api: Api, what: str, ids: list[str], **more: Any) -> dict[str, Any]:
    """Run a bulk operation on a kit with eager jobs and return its outcome."""
    return progress(api, started(api, what, ids, **more))


def outcome(job: dict[str, Any]) -> tuple[str, int, int, int]:
    return job["status"], job["total"], job["processed"], job["errors"]


def all_contacts(api: Api) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    page = 1
    while items := api.get(f"/contacts?limit=100&page={page}").body["data"]:
        found |= {item["id"]: item for item in items}
        page += 1
    return found
