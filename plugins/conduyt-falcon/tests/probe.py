"""A third-party plugin with fixed credentials and operations that misbehave on demand.

Loaded by the fixtures in process, and by name in the processes of a real server.
"""

import os
import threading
import time
from pathlib import Path
from typing import Any

import attrs

from conduyt_kit.extension import Endpoint, FeatureSpec, HealthCheck, KitPlugin, ProviderSpec, SettingsSpec, setting
from conduyt_kit.features.companies.service import Companies
from conduyt_kit.kernel.context import SCOPES_OF_ROLE, Actor, Identity, Role, Scope
from conduyt_kit.kernel.endpoints import Envelope, Reply
from conduyt_kit.kernel.errors import Unauthenticated, Unavailable
from conduyt_kit.kernel.jobs import JobSpec, NewJob
from conduyt_kit.ports.authentication import AUTHENTICATOR

ROLES: dict[str, Role] = {"admin-token": "admin", "other-token": "admin", "viewer-token": "viewer"}


@attrs.frozen(kw_only=True)
class ProbeSettings:
    witness: Path = attrs.field(default=Path(os.devnull), metadata=setting("Where a job of the probe leaves a trace."))


@attrs.frozen(kw_only=True)
class Note:
    text: str


class FixedTokens:
    """Accepts `ROLES`; ``other-token`` belongs to another workspace."""

    def authenticate(self, token: Any) -> Any:
        role = ROLES.get(token)
        if role is None:
            raise Unauthenticated("Unknown API key")
        return Identity(
            workspace="ws_other" if token == "other-token" else "ws_one",
            actor=Actor(id=f"usr_{role}", name=role.title()),
            scopes=SCOPES_OF_ROLE[role],
            credential=token,
        )


def endpoint(method: Any, path: Any, operation: Any, **values: Any) -> Any:
    defaults = {"summary": "Probe.", "section": "Probe", "scope": Scope.WRITE, "extension": True, "reply": Note}
    return Endpoint(method=method, path=path, operation=operation, **{**defaults, **values})


class ProbePlugin(KitPlugin):
    name = "falcon_probe"

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()
        self.ready = True

    def conduyt_settings(self) -> Any:
        return [SettingsSpec(name="probe", cls=ProbeSettings)]

    def conduyt_providers(self) -> Any:
        return [ProviderSpec(port=AUTHENTICATOR, name="fixed", make=lambda _: FixedTokens())]

    def conduyt_health_checks(self) -> Any:
        return [
            HealthCheck(name="probe", check=self._check),
            HealthCheck(name="probe detail", check=self._check, essential=False),
        ]

    def conduyt_features(self) -> Any:
        return [
            FeatureSpec(
                name="falcon_probe",
                description="Misbehaves on demand",
                requires=("companies",),
                jobs=(JobSpec(kind="probe.witness", run=_leave_trace),),
                endpoints=self._endpoints(),
            )
        ]

    def _endpoints(self) -> Any:
        public = {"scope": None}
        return (
            endpoint("POST", "/probe/crash", _crash),
            endpoint("POST", "/probe/unencodable", _unencodable),
            endpoint("POST", "/probe/waiting", self._wait),
            endpoint("POST", "/probe/secret", _secret, secret_reply=True),
            endpoint("POST", "/probe/job", _job),
            endpoint("POST", "/probe/death", lambda _: os._exit(9)),
            endpoint("POST", "/probe/items/:itemId/parts/:partId", _path),
            endpoint("GET", "/probe/items/:id", _path, scope=Scope.READ),
            endpoint("GET", "/probe/items/special", lambda _: Note(text="literal"), scope=Scope.READ),
            endpoint("POST", "/probe/upload", _size, accepts={"text/csv": lambda request: request.body}),
            endpoint("GET", "/probe/slow", _slow, **public),
            endpoint("GET", "/probe/limited", lambda _: Note(text="fine"), limit="2/minute", **public),
            endpoint("POST", "/probe/open", lambda _: Note(text="open"), cross_origin=True, **public),
            endpoint("GET", "/probe/header", _header, **public),
            endpoint("GET", "/probe/address", lambda call: Note(text=call.request.remote), **public),
            endpoint("GET", "/probe/query", _query, **public),
            endpoint("GET", "/page/:name", _page, envelope=Envelope.RAW, root="", **public),
            endpoint("GET", "/plain-page", _plain_page, envelope=Envelope.RAW, root="", **public),
        )

    def _wait(self, call: Any) -> Any:
        call.unit[Companies].create(name="Waited")
        self.entered.set()
        assert self.release.wait(10)
        return Note(text="done")

    def _check(self, _: Any) -> Any:
        if not self.ready:
            raise Unavailable("The probe is off; turn it on")
        return "the probe is on"


def _crash(call: Any) -> None:
    call.unit[Companies].create(name="Crashed")
    raise RuntimeError("secret detail")


def _unencodable(call: Any) -> Any:
    call.unit[Companies].create(name="Unencodable")
    return Note(text="\ud800")


def _secret(call: Any) -> Any:
    call.unit[Companies].create(name="Secretive")
    return Note(text="shown once")


def _job(call: Any) -> Any:
    call.unit.enqueue(NewJob(kind="probe.witness", args={}))
    return Note(text="enqueued")


def _leave_trace(run: Any) -> None:
    run.environment.settings.section(ProbeSettings).witness.write_text(str(os.getpid()), "utf-8")


def _path(call: Any) -> Any:
    return Note(text=repr(dict(call.path)))


def _size(call: Any) -> Any:
    return Note(text=str(len(call.body)))


def _slow(call: Any) -> Any:
    time.sleep(float(call.request.query["seconds"][0]))
    return Note(text="slept")


def _header(call: Any) -> Any:
    return Reply(value=Note(text="header"), headers={"Location": call.request.query["to"][0]})


def _query(call: Any) -> Any:
    return Note(text=repr({name: list(values) for name, values in call.request.query.items()}))


def _plain_page(_: Any) -> Any:
    return Reply(body=b"<p>Plain", headers={"Content-Type": "text/html; charset=utf-8"})


def _page(_: Any) -> Any:
    policy = "default-src 'none'; style-src 'self'"
    return Reply(body=b"<p>Hello", headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy})
