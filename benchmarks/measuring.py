"""Interleaved rounds, and what is concluded from them: medians of the ratios of each round, never a rate by itself."""

import statistics
import time
from collections.abc import Callable, Sequence

import attrs

from benchmarks import load
from benchmarks.cases import Case
from benchmarks.dataset import Dataset
from benchmarks.load import Measured
from benchmarks.servers import REFERENCE, Server

WIDEST_SPREAD = 0.5
_WARM_SECONDS = 1


@attrs.frozen(kw_only=True)
class Protocol:
    """How long and how often is measured."""

    rounds: int
    seconds: float


@attrs.frozen(kw_only=True)
class Round:
    """What one target did in one round."""

    measured: Measured
    cpu: float
    """Processor microseconds per request, of the server and its database."""


@attrs.frozen(kw_only=True)
class Result:
    """A target against the reference in one case: medians over the rounds of the ratios in each round."""

    case: str
    target: str
    ratio: float
    p50: float
    p99: float
    cpu: float
    cpu_ratio: float
    spread: float
    """How far the rounds' ratios lie apart, against their median."""
    failures: int

    @property
    def discarded(self) -> bool:
        """Return whether the rounds disagree too much to say anything."""
        return self.spread > WIDEST_SPREAD


def measure(case: Case, servers: Sequence[Server], dataset: Dataset, protocol: Protocol) -> list[Result]:
    """Put the servers under load in turn, in reversed order in every other round; once more if the rounds disagree too much."""
    shots = {server.name: case.shots(server, dataset) for server in servers}

    def once(server: Server, seconds: float) -> Round:
        before = server.cpu_seconds()
        measured = load.run(server.port, dataset.token, shots[server.name], seconds)
        return Round(measured=measured, cpu=(server.cpu_seconds() - before) / max(1, measured.requests) * 1e6)

    for server in servers:
        once(server, _WARM_SECONDS)
    found = _results(case, _rounds(servers, protocol, once))
    return found if not any(result.discarded for result in found) else _results(case, _rounds(servers, protocol, once))


def _rounds(servers: Sequence[Server], protocol: Protocol, once: Callable[[Server, float], Round]) -> list[dict[str, Round]]:
    rounds = []
    for number in range(protocol.rounds):
        ordered = servers if number % 2 == 0 else servers[::-1]
        rounds.append({server.name: once(server, protocol.seconds) for server in ordered})
        time.sleep(0.2)
    return rounds


def _results(case: Case, rounds: list[dict[str, Round]]) -> list[Result]:
    return [_result(case, name, rounds) for name in rounds[0]]


def _result(case: Case, name: str, rounds: list[dict[str, Round]]) -> Result:
    def ratios(value: Callable[[Round], float]) -> list[float]:
        return [value(one[name]) / max(value(one[REFERENCE]), 1e-9) for one in rounds]

    rates = ratios(lambda one: one.measured.rate)
    middle = statistics.median(rates)
    return Result(
        case=case.name,
        target=name,
        ratio=middle,
        p50=statistics.median(ratios(lambda one: one.measured.p50)),
        p99=statistics.median(ratios(lambda one: one.measured.p99)),
        cpu=statistics.median(one[name].cpu for one in rounds),
        cpu_ratio=statistics.median(ratios(lambda one: one.cpu)),
        spread=(max(rates) - min(rates)) / middle if middle else 0.0,
        failures=sum(one[name].measured.failures for one in rounds),
    )
