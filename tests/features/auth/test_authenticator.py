import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from conduyt_kit.features.auth import API_KEY, KitAuthenticator
from conduyt_kit.features.auth.credential_cache import LARGEST, CredentialCache
from conduyt_kit.features.auth.last_use import LastUse
from conduyt_kit.features.users import USER
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.context import Actor, Identity, Scope
from conduyt_kit.kernel.errors import Unauthenticated
from conduyt_kit.ports.authentication import AUTHENTICATOR
from conduyt_kit.ports.storage import STORAGE, Storage
from tests.features.accounts import Office, running_kit, user_id, workspace_id


def identity(workspace: str = "ws_a") -> Identity:
    return Identity(workspace=workspace, actor=Actor(id="usr_1"), scopes=frozenset({Scope.READ}), credential="key_1")


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class CountingStorage:
    """Passes on to a storage and counts the calls that reach it or its transactions."""

    def __init__(self, inner: Any, calls: "Counter[str]") -> None:
        self._inner = inner
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def counted(*args: Any, **named: Any) -> Any:
            if name != "begin":
                self._calls[name] += 1
            result = found(*args, **named)
            return CountingStorage(result, self._calls) if name == "begin" else result

        return counted


@pytest.fixture
def cached_for_a_minute(tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    with running_kit(tmp_path, clock, auth={"cache_seconds": 60.0, "last_use_seconds": 0.0}) as kit:
        yield Office(kit)


def _counting(office: Office, monkeypatch: pytest.MonkeyPatch) -> "Counter[str]":
    calls: Counter[str] = Counter()
    authenticator = office.kit.provider(AUTHENTICATOR)
    assert isinstance(authenticator, KitAuthenticator)
    counting = CountingStorage(office.kit.provider(STORAGE), calls)
    monkeypatch.setattr(authenticator, "_storage", lambda: counting)
    return calls


def test_session_costs_one_call_and_key_two_and_nothing_while_remembered(
    cached_for_a_minute: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = cached_for_a_minute.register()
    key = cached_for_a_minute.key(ann)
    cached_for_a_minute.public.post("/auth/logout")
    authenticator = cached_for_a_minute.kit.provider(AUTHENTICATOR)
    assert isinstance(authenticator, KitAuthenticator)
    authenticator._cache._entries.clear()
    calls = _counting(cached_for_a_minute, monkeypatch)

    authenticator.authenticate(ann.token)
    assert calls == Counter(find=1)

    authenticator.authenticate(key.token)
    assert calls == Counter(find=1, locate=1, get=1)

    assert authenticator.authenticate(ann.token).actor.id == user_id(ann)
    authenticator.authenticate(key.token)
    assert calls == Counter(find=1, locate=1, get=1)


class TestRememberedCredentialEndsAtOnce:
    def test_of_a_session_that_is_logged_out(self, cached_for_a_minute: Office) -> None:
        ann = cached_for_a_minute.register()
        assert ann.get("/users").status == 200

        ann.post("/auth/logout")

        assert ann.get("/users").status == 401

    def test_of_a_key_that_is_revoked(self, cached_for_a_minute: Office) -> None:
        ann = cached_for_a_minute.register()
        key = cached_for_a_minute.key(ann)
        assert key.get("/users").status == 200

        ann.delete(f"/api-keys/{ann.get('/api-keys').body['data'][0]['id']}")

        assert key.get("/users").status == 401

    def test_of_a_user_who_is_demoted(self, cached_for_a_minute: Office) -> None:
        ann = cached_for_a_minute.register()
        bob = cached_for_a_minute.hire(ann, "admin")
        assert bob.get("/api-keys").status == 200

        ann.patch(f"/users/{user_id(bob)}", {"role": "member"})

        assert bob.get("/api-keys").status == 403

    def test_of_a_user_who_is_removed(self, cached_for_a_minute: Office) -> None:
        ann = cached_for_a_minute.register()
        bob = cached_for_a_minute.hire(ann, "admin")
        key = cached_for_a_minute.key(bob)
        assert (bob.get("/users").status, key.get("/users").status) == (200, 200)

        ann.delete(f"/users/{user_id(bob)}")

        assert (bob.get("/users").status, key.get("/users").status) == (401, 401)


class TestCredentialCache:
    def test_entry_lives_for_the_given_time(self) -> None:
        watch = Watch()
        cache = CredentialCache(1.0, watch)
        cache.put("digest", identity())
        watch.now += 0.9
        assert cache.get("digest") == identity()

        watch.now += 0.1

        assert cache.get("digest") is None

    def test_request_that_read_before_a_revocation_cannot_bring_the_entry_back(self) -> None:
        watch = Watch()
        cache = CredentialCache(1.0, watch)
        cache.put("digest", identity())
        cache.put("other", identity("ws_b"))

        cache.forget("ws_a")
        cache.put("digest", identity())

        assert cache.get("digest") is None
        assert cache.get("other") == identity("ws_b")
        watch.now += 1.0
        cache.put("digest", identity())
        assert cache.get("digest") == identity()

    def test_zero_seconds_turn_it_off(self) -> None:
        cache = CredentialCache(0.0, Watch())
        cache.put("digest", identity())

        assert cache.get("digest") is None

    def test_number_of_entries_is_bounded(self) -> None:
        cache = CredentialCache(1.0, Watch())
        for number in range(LARGEST + 50):
            cache.put(str(number), identity())

        assert cache.get("49") is None
        assert cache.get("50") is not None
        assert len(cache._entries) == LARGEST

    def test_entries_over_are_dropped(self) -> None:
        watch = Watch()
        cache = CredentialCache(1.0, watch)
        for number in range(10):
            cache.put(str(number), identity())
        watch.now += 2

        cache.put("new", identity())

        assert list(cache._entries) == ["new"]


class TestLastUse:
    def test_use_of_user_and_key_is_written_when_the_kit_stops(self, tmp_path: Path, clock: FrozenClock) -> None:
        with running_kit(tmp_path, clock) as kit:
            office = Office(kit)
            ann = office.register()
            key = office.key(ann)
            workspace = workspace_id(ann)
            clock.advance(dt.timedelta(minutes=5))
            key.get("/users")
            storage = kit.environment.storage
            authenticator = kit.provider(AUTHENTICATOR)
            assert isinstance(authenticator, KitAuthenticator)
            authenticator.close()

            transaction = storage.begin(workspace, write=False)
            (row,) = transaction.find(API_KEY, _everything(API_KEY)).records
            assert row.last_used_at == clock.now()
            user = transaction.get(USER, row.user_id)
            assert user is not None
            assert user.last_active_at == clock.now()

    def test_use_is_noted_once_a_minute(self, clock: FrozenClock) -> None:
        writes: list[tuple[str, str]] = []
        last_use = LastUse(lambda: cast("Storage", Recorder(writes)), clock, 60.0)

        for _ in range(3):
            last_use.note("ws_a", user="usr_1", key="key_1")
        last_use.write()
        clock.advance(dt.timedelta(seconds=59))
        last_use.note("ws_a", user="usr_1", key="key_1")
        last_use.write()
        assert writes == [("ws_a", "api_key"), ("ws_a", "user")]

        clock.advance(dt.timedelta(seconds=1))
        last_use.note("ws_a", user="usr_1", key=None)
        last_use.close()
        assert writes == [("ws_a", "api_key"), ("ws_a", "user"), ("ws_a", "user")]

    def test_request_writes_nothing_itself(self, clock: FrozenClock) -> None:
        writes: list[tuple[str, str]] = []
        last_use = LastUse(lambda: cast("Storage", Recorder(writes)), clock, 60.0)

        last_use.note("ws_a", user="usr_1", key=None)

        assert writes == []
        last_use.close()
        assert writes == [("ws_a", "user")]


class Recorder:
    """Records the writes of `LastUse`: a storage and its transaction in one."""

    def __init__(self, writes: list[tuple[str, str]]) -> None:
        self._writes = writes
        self._workspace = ""

    def begin(self, workspace: str, *, write: bool) -> "Recorder":
        self._workspace = workspace
        return self

    def update_where(self, spec: Any, where: Any, changes: Any) -> int:
        self._writes.append((self._workspace, spec.name))
        return 1

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


def test_revocation_during_many_requests_lets_none_through_after_it(office: Office) -> None:
    ann = office.register()
    key = office.key(ann)
    authenticator = office.kit.provider(AUTHENTICATOR)
    key_id = ann.get("/api-keys").body["data"][0]["id"]
    revoked, stop = threading.Event(), threading.Event()
    late: list[Identity] = []

    def ask() -> None:
        while not stop.is_set():
            began_after = revoked.is_set()
            try:
                found = authenticator.authenticate(key.token)
            except Unauthenticated:
                continue
            if began_after:
                late.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert ann.delete(f"/api-keys/{key_id}").status == 204
    revoked.set()
    for _ in range(200):
        assert key.get("/auth/me").status == 401
    stop.set()
    for thread in threads:
        thread.join()

    assert late == []


def _everything(spec: Any) -> Any:
    from conduyt_kit.kernel.query import query

    return query(spec)
