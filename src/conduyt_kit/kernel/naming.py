"""snake_case inside, camelCase at the edge: the one place that converts."""

import functools
import re


@functools.cache
def camel(name: str) -> str:
    """Return ``firstName`` for ``first_name``."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@functools.cache
def snake(name: str) -> str:
    """Return ``first_name`` for ``firstName``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
