"""Jobs that run only when a test says so."""

from collections.abc import Iterable
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.ports.jobs import JOB_RUNNER


class DrainedPlugin(KitPlugin):
    name: ClassVar[str] = "drained"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=JOB_RUNNER, name="drained", make=lambda kit: InlineJobs(kit.job_executor, kit.scheduler, eager=False))]


def drain(kit: Kit, *, most: int = 10_000) -> int:
    runner = kit.provider(JOB_RUNNER)
    assert isinstance(runner, InlineJobs)
    return runner.drain(most=most)
