"""``conduyt doctor``: every health check, the versions, and settings that are asking for trouble; one line each, with the remedy."""

import platform
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import attrs
import click

import conduyt_kit
from conduyt_kit.cli import cautions
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.kernel.errors import ConduytError

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "info": None}


@attrs.frozen(kw_only=True)
class Finding:
    """One line of the doctor's."""

    status: Literal["ok", "warning", "failed", "info"]
    subject: str
    text: str


@click.command()
@pass_state
def doctor(state: State) -> None:
    """Check the installation. Exits with 1 if something that serving needs does not work."""
    kit = state.kit()
    found = list(findings(kit))
    width = max(len(finding.subject) for finding in found)
    for finding in found:
        status = click.style(f"{finding.status:<8}", fg=_COLOURS[finding.status])
        click.echo(f"{status} {finding.subject:<{width}}  {finding.text}")
    failed = sum(finding.status == "failed" for finding in found)
    if failed:
        raise click.ClickException(f"{failed} of the checks failed; the server is not ready")


def findings(kit: "Kit") -> Iterator[Finding]:
    """Yield the findings: versions, then checks, then warnings about settings."""
    yield Finding(status="info", subject="python", text=f"{platform.python_version()} on {platform.system()}")
    for name, version in _versions(kit).items():
        yield Finding(status="info", subject=name, text=version)
    yield _asked("storage", _storage(kit), essential=True)
    for item in kit.health_checks:
        yield _asked(item.record.name, lambda check=item.record.check: check(kit), essential=item.record.essential)  # type: ignore[misc]
    for subject, text in cautions.about(kit):
        yield Finding(status="warning", subject=subject, text=text)


def _asked(subject: str, question: Callable[[], str], *, essential: bool) -> Finding:
    try:
        return Finding(status="ok", subject=subject, text=question())
    except ConduytError as error:
        text = error.message
    except Exception as error:  # noqa: BLE001 - one broken check must not hide what the others found
        text = f"{type(error).__name__}: {error}"
    return Finding(status="failed" if essential else "warning", subject=subject, text=text)


def _storage(kit: "Kit") -> Callable[[], str]:
    def question() -> str:
        from conduyt_kit.ports.storage import STORAGE

        kit.environment.storage.check()
        return f"{kit.provider_name(STORAGE)} serves"

    return question


def _versions(kit: "Kit") -> dict[str, str]:
    from conduyt_kit.extension.manager import findable

    points = findable()
    found = [point.dist for plugin in kit.manager.plugins if (point := points.get(plugin.name)) and point.dist]
    return {"conduyt-kit": conduyt_kit.__version__, **{dist.name: dist.version for dist in found}}
