from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

import pytest
from click.testing import CliRunner

from conduyt_kit import Kit
from conduyt_kit.cli import State, main
from conduyt_kit.defaults.argon2_passwords import Argon2Passwords
from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.ports.passwords import PASSWORD_HASHER

PASSWORD = "correct horse battery staple"


class Ended(NamedTuple):
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class CheapPasswords(KitPlugin):
    """Hashes passwords quickly."""

    name: ClassVar[str] = "cheap-passwords"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=PASSWORD_HASHER, name="cheap", make=lambda _: Argon2Passwords(cheap=True))]


class Conduyt:
    """Runs ``conduyt`` in this process. All its commands share one kit, so that what one stores the next one finds."""

    def __init__(self, *plugins: KitPlugin, **settings: Any) -> None:
        self.state = State(lambda: Sources(arguments={"rate_limit": "off", **settings}), plugins=[*plugins, CheapPasswords()])

    def __call__(self, *arguments: str, stdin: str | None = None) -> Ended:
        result = CliRunner().invoke(main, arguments, obj=self.state, input=stdin, prog_name="conduyt")
        return Ended(result.exit_code, result.stdout, result.stderr)

    @property
    def kit(self) -> Kit:
        return self.state.kit()

    def create_user(self, email: str = "ann@example.com", name: str = "Ann Lee", *more: str) -> Ended:
        return self("user", "create", "--email", email, "--name", name, "--password-stdin", *more, stdin=f"{PASSWORD}\n")


@pytest.fixture
def make_conduyt() -> Iterator[Callable[..., Conduyt]]:
    made: list[Conduyt] = []

    def make(*plugins: KitPlugin, **settings: Any) -> Conduyt:
        made.append(Conduyt(*plugins, **settings))
        return made[-1]

    yield make
    for conduyt in made:
        conduyt.state.close()


@pytest.fixture
def conduyt(make_conduyt: Callable[..., Conduyt]) -> Conduyt:
    """Return the command line over the kit's defaults: memory storage, inline jobs."""
    return make_conduyt()
