"""The action types of a kit, by name: those of its features and plugins (R150)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.errors import Conflict, Detail, ValidationFailed

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


@attrs.frozen
class ActionRegistry:
    """Finds action types and reads their configurations. Thread-safe."""

    specs: Mapping[str, ActionSpec]
    _decoder: Decoder

    def mistakes(self, actions: Sequence[Mapping[str, Any]]) -> Iterable[Detail]:
        """Yield what is wrong with actions: unknown types, and configurations that do not fit."""
        for index, action in enumerate(actions):
            spec = self.specs.get(action["type"])
            if spec is None:
                yield Detail(f"actions[{index}].type", f"Must be one of {', '.join(sorted(self.specs))}")
                continue
            try:
                self._decoder.body(spec.config, action["config"])
            except ValidationFailed as error:
                for detail in error.details:
                    yield Detail(f"actions[{index}].config{'.' if detail.field else ''}{detail.field}", detail.message)

    def read(self, action: Mapping[str, Any]) -> tuple[ActionSpec, Any]:
        """Return the type and the configuration of an action.

        Raises:
            Conflict: nothing offers the type (any more).
            ValidationFailed: the configuration does not fit (any more).
        """
        spec = self.specs.get(action["type"])
        if spec is None:
            raise Conflict(f"No enabled feature or plugin offers the action {action['type']!r}")
        return spec, self._decoder.body(spec.config, action["config"])


ACTIONS: Port[ActionRegistry] = Port("workflow_actions", "the action types of workflows")


def registry_of(kit: "Kit") -> ActionRegistry:
    """Return the registry of a kit's actions."""
    return ActionRegistry(kit.assembly.actions, kit.decoder)
