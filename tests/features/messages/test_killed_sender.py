import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from conduyt_kit.features.messages.sending import MAY_HAVE_BEEN_SENT
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.storage import STORAGE
from conduyt_sqlalchemy import SqlStorage, create_tables
from tests.features.calls import Api
from tests.features.messages.post import add_mira, state, write
from tests.features.messages.sending_process import make_kit
from tests.features.sales import found
from tests.kernel.drained import drain


def send_and_be_killed(database: Path, folder: Path) -> str:
    """Start a process that sends one message, kill it before it can write so down, and return the message's id."""
    command = [sys.executable, "-m", "tests.features.messages.sending_process", str(database), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        id = process.stdout.readline().strip()
        process.kill()
    return id


def test_message_of_a_killed_process_is_marked_and_not_sent_twice_and_the_others_are_sent(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    clock = FrozenClock(dt.datetime.now(dt.UTC))
    with make_kit(tmp_path / "crm.db", folder, lingers=0, clock=clock) as kit:
        storage = kit.provider(STORAGE)
        assert isinstance(storage, SqlStorage)
        create_tables(storage, tuple(kit.assembly.entities.values()))
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        mira = add_mira(api)
        ids = [write(api, mira, "sms") for _ in range(3)]

        killed = send_and_be_killed(tmp_path / "crm.db", folder)
        assert (killed in ids, state(api, killed)) == (True, ("queued", None))
        clock.advance(dt.timedelta(minutes=10))
        drain(kit)

        assert {id: (folder / id).read_text() for id in ids} == dict.fromkeys(ids, "sent\n")
        assert {id: state(api, id) for id in ids} == dict.fromkeys(ids, ("sent", None)) | {killed: ("failed", MAY_HAVE_BEEN_SENT)}
