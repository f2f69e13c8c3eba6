"""A process that sends the due messages of a database file, to be killed while it does: ``python -m ... <file> <folder>``.

The provider is a folder: sending a message leaves a file there. Between that and the answer the process waits to be killed.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.messages import SMS_CHANNEL, Callback, IncomingMessage, OutgoingMessage, SendResult, StatusUpdate
from conduyt_kit.ports.storage import STORAGE
from conduyt_sqlalchemy import SqlStorage
from tests.features.conftest import TestAuthPlugin
from tests.kernel.drained import DrainedPlugin


class FolderChannel:
    """Sends by appending to a file of the message's id; says so on standard output and then `lingers`."""

    provider = "folder"

    def __init__(self, folder: Path, *, lingers: float) -> None:
        self._folder = folder
        self._lingers = lingers

    def send(self, message: OutgoingMessage) -> SendResult:
        with (self._folder / message.id).open("a", encoding="utf-8") as file:
            file.write("sent\n")
        print(message.id, flush=True)
        time.sleep(self._lingers)
        return SendResult(provider=self.provider, provider_id=message.id)

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        raise Unsupported("A folder reports nothing", self.provider)

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        raise Unsupported("A folder receives nothing", self.provider)


class FolderPlugin(KitPlugin):
    name: ClassVar[str] = "folder"

    def __init__(self, database: Path, folder: Path, *, lingers: float) -> None:
        self._database = database
        self._channel = FolderChannel(folder, lingers=lingers)

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [
            ProviderSpec(port=STORAGE, name="file", make=lambda _: SqlStorage(f"sqlite:///{self._database}")),
            ProviderSpec(port=SMS_CHANNEL, name="folder", make=lambda _: self._channel),
        ]


def make_kit(database: Path, folder: Path, *, lingers: float, clock: Clock | None = None) -> Kit:
    """Return a kit on the file that sends into the folder when it is told to."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), FolderPlugin(database, folder, lingers=lingers)]
    return Kit.build(settings, plugins=plugins, clock=clock)


if __name__ == "__main__":
    with make_kit(Path(sys.argv[1]), Path(sys.argv[2]), lingers=60) as kit:
        kit.job_executor().run_due(limit=1)
