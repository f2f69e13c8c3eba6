"""When a deal counts as won or lost: the rule an embedding team is most likely to replace (A22).

To replace it, provide `CLOSING_POLICY` from a plugin, and choose it with ``providers = {closing = "yours"}``.
"""

from decimal import Decimal
from typing import Protocol

import attrs

from conduyt_kit.features.deals.entities import DealStatus
from conduyt_kit.kernel.environment import Port


@attrs.frozen(kw_only=True)
class Move:
    """What is about to happen to a deal.

    `status` is what it was ("open" for a new one), `wanted` the status the caller asked for, if any; `stage_changed` whether it comes
    into another stage, or is new; `stage_probability` is that of the stage it will be in.
    """

    status: DealStatus
    wanted: DealStatus | None
    stage_changed: bool
    stage_probability: Decimal


class ClosingPolicy(Protocol):
    """Decides the status of a deal."""

    def status_after(self, move: Move) -> DealStatus:
        """Return the status the deal will have."""


class CertainStageWins:
    """A status asked for is the status; else coming into a stage of certain win (probability 1) wins the deal.

    Setting a status never moves the stage, and a closed deal may be opened again.
    """

    def status_after(self, move: Move) -> DealStatus:
        if move.wanted is not None:
            return move.wanted
        if move.stage_changed and move.stage_probability == 1:
            return "won"
        return move.status


CLOSING_POLICY: Port[ClosingPolicy] = Port("closing", "when a deal counts as won or lost")
