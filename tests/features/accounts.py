"""A kit with the real authentication and cheap password hashes, and people who use it."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import unquote

from conduyt_kit import Kit
from conduyt_kit.defaults.argon2_passwords import Argon2Passwords
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.endpoints import Reply, Request
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from conduyt_kit.ports.passwords import PASSWORD_HASHER
from tests.features.calls import Answer, Api

PASSWORD = "seven green bottles"
LINK_TOKEN = re.compile(r"\?token=([^\s]+)")
NO_LIMITS = {"login_limit": "off", "address_limit": "off", "registration_limit": "off", "reset_limit": "off"}


class CountedPasswords(Argon2Passwords):
    """Cheap hashes; counts how often a hash was computed."""

    def __init__(self) -> None:
        super().__init__(cheap=True)
        self.work = 0

    def hash(self, password: str) -> str:
        self.work += 1
        return super().hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        self.work += 1
        return super().verify(hashed, password)


class CheapPasswords(KitPlugin):
    name: ClassVar[str] = "cheap-passwords"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=PASSWORD_HASHER, name="cheap", make=lambda _: CountedPasswords())]


@contextmanager
def storage_plugins(folder: Path) -> Iterator[list[KitPlugin]]:
    """Yield the plugin of the storage that ``CONDUYT_TEST_STORAGE`` names: memory (the default), sqlite or postgres."""
    wanted = os.environ.get("CONDUYT_TEST_STORAGE", "memory")
    if wanted == "memory":
        yield []
        return
    from tests.features.storages import postgres_plugin, sqlite_plugin

    with sqlite_plugin(folder) if wanted == "sqlite" else postgres_plugin() as plugin:
        yield [plugin]


@contextmanager
def running_kit(folder: Path, clock: Clock | None = None, **settings: Any) -> Iterator[Kit]:
    """Yield a kit on the storage that the environment names, and stop it."""
    merged: dict[str, Any] = {"rate_limit": "off", "public_url": "https://crm.example.org", **settings}
    merged["auth"] = {**NO_LIMITS, **settings.get("auth", {})}
    with storage_plugins(folder) as plugins, Kit.build(merged, plugins=[CheapPasswords(), *plugins], clock=clock) as kit:
        yield kit


class Office:
    """People of one kit: registers them, invites them, reads their mail."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.public = Api(kit, "")

    def register(self, name: str = "Ann Marsh", email: str = "ann@example.org", workspace: str = "Marsh & Co") -> Api:
        """Register an account and return its API with a session."""
        status, body = self.public.post("/auth/register", {"name": name, "email": email, "password": PASSWORD, "workspaceName": workspace})
        assert status == 201, body
        return Api(self.kit, body["token"])

    def log_in(self, email: str = "ann@example.org", password: str = PASSWORD, **more: Any) -> Answer:
        return self.public.post("/auth/login", {"email": email, "password": password, **more})

    def session(self, email: str = "ann@example.org", password: str = PASSWORD) -> Api:
        status, body = self.log_in(email, password)
        assert status == 200, body
        return Api(self.kit, body["token"])

    def hire(self, admin: Api, role: str, email: str = "bob@example.org") -> Api:
        """Invite somebody, accept by the mail's link, and return their API."""
        status, body = admin.post("/users/invite", {"email": email, "role": role, "name": "Bob Stone"})
        assert status == 201, body
        status, body = self.public.post("/auth/accept-invitation", {"token": self.token_for(email), "password": PASSWORD})
        assert status == 200, body
        return Api(self.kit, body["token"])

    def key(self, owner: Api, **more: Any) -> Api:
        """Make an API key and return its API."""
        status, body = owner.post("/api-keys", {"name": "Script", **more})
        assert status == 201, body
        return Api(self.kit, body["data"]["key"])

    @property
    def mails(self) -> list[OutgoingMessage]:
        return cast("ConsoleChannel", self.kit.provider(EMAIL_CHANNEL)).sent

    @property
    def passwords(self) -> CountedPasswords:
        return cast("CountedPasswords", self.kit.provider(PASSWORD_HASHER))

    def token_for(self, email: str) -> str:
        """Return the token of the last mail to an address."""
        mail = [mail for mail in self.mails if mail.to == email][-1]
        found = LINK_TOKEN.search(mail.text)
        assert found is not None
        return unquote(found[1])

    def page(self, method: str, path: str, form: str = "", query: Mapping[str, str] | None = None) -> Reply:
        """Call one of the pages outside the API."""
        request = Request(
            method=method,
            target=path,
            query={name: [value] for name, value in (query or {}).items()},
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=form.encode(),
            remote="127.0.0.1",
            id="req_page",
        )
        return self.kit.responders[method, path](request)


def user_id(api: Api) -> str:
    found = api.get("/auth/me").body["user"]["id"]
    assert isinstance(found, str)
    return found


def workspace_id(api: Api) -> str:
    found = api.get("/auth/me").body["workspace"]["id"]
    assert isinstance(found, str)
    return found
