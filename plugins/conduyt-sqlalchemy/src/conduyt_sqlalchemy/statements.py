"""Building one statement: parameters numbered as they are bound, aliases that never meet."""

from typing import Any

from conduyt_sqlalchemy.dialects.dialect import Dialect


class Statement:
    """The parameters and aliases of a statement under construction.

    Fragments are composed by the caller; every value goes through `bind`, so no input ever becomes part of a statement's text.
    """

    __slots__ = ("_aliases", "dialect", "params", "workspace")

    def __init__(self, dialect: Dialect, workspace: str | None) -> None:
        self.dialect = dialect
        self.params: list[Any] = []
        # Without a workspace only conditions on a row's own fields can be built.
        self.workspace = "NULL" if workspace is None else self.bind(workspace)
        self._aliases = 0

    def bind(self, value: Any) -> str:
        """Add a parameter and return its placeholder."""
        self.params.append(value)
        return self.dialect.mark(len(self.params))

    def alias(self) -> str:
        """Return a table alias that this statement does not use yet."""
        self._aliases += 1
        return f"r{self._aliases}"
