import math

import pytest
from limits import parse

from conduyt_kit.defaults import sliding_windows
from conduyt_kit.defaults.sliding_windows import SlidingWindows


class Hand:
    """Stands for the module `time`; moved by hand."""

    def __init__(self) -> None:
        self.now = 6000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    found = Hand()
    monkeypatch.setattr(sliding_windows, "time", found)
    return found


@pytest.mark.usefixtures("hand")
def test_as_many_as_allowed_pass() -> None:
    windows, limit = SlidingWindows(), parse("3/minute")
    states = [windows.hit(limit, "a") for _ in range(5)]
    assert [state.allowed for state in states] == [True, True, True, False, False]
    assert [state.remaining for state in states] == [2, 1, 0, 0, 0]
    assert {state.limit for state in states} == {3}


@pytest.mark.usefixtures("hand")
def test_keys_and_limits_are_counted_apart() -> None:
    windows = SlidingWindows()
    assert windows.hit(parse("1/minute"), "a").allowed
    assert windows.hit(parse("1/minute"), "b").allowed
    assert windows.hit(parse("1/hour"), "a").allowed
    assert not windows.hit(parse("1/minute"), "a").allowed


def test_end_of_a_window_does_not_double_the_limit(hand: Hand) -> None:
    windows, limit = SlidingWindows(), parse("10/minute")
    hand.now += 59
    before = sum(windows.hit(limit, "a").allowed for _ in range(20))
    hand.now += 2
    after = sum(windows.hit(limit, "a").allowed for _ in range(20))
    assert (before, after) == (10, 0)


@pytest.mark.parametrize("limit", ["1/minute", "2/minute", "5/minute", "100/hour"])
@pytest.mark.parametrize("moment", [0, 7, 59.5])
def test_whoever_waits_as_told_is_let_in_and_not_much_earlier(hand: Hand, limit: str, moment: float) -> None:
    windows, item = SlidingWindows(), parse(limit)
    hand.now += moment
    while (state := windows.hit(item, "a")).allowed:
        pass
    started = hand.now
    hand.now = started + state.reset
    assert windows.hit(item, "a").allowed
    again = SlidingWindows()
    hand.now = started
    while again.hit(item, "a").allowed:
        pass
    hand.now = started + state.reset - 1.001
    assert not again.hit(item, "a").allowed


def test_refused_requests_do_not_prolong_the_wait(hand: Hand) -> None:
    windows, item = SlidingWindows(), parse("2/minute")
    waits = [windows.hit(item, "a").reset for _ in range(50)]
    assert len(set(waits[2:])) == 1
    hand.now += math.ceil(waits[-1])
    assert windows.hit(item, "a").allowed


def test_expired_counters_are_dropped_when_there_are_many(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliding_windows, "MOST_KEYS", 3)
    windows, item = SlidingWindows(), parse("1/minute")
    assert windows.hit(item, "old").allowed
    hand.now += 115
    for key in "ab":
        assert windows.hit(item, key).allowed
    hand.now += 10
    assert windows.hit(item, "new").allowed
    assert [windows.hit(item, key).allowed for key in "ab"] == [False, False]
    assert len(windows._counters) == 3
