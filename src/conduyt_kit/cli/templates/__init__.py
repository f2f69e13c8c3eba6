"""Templates of new plugins and features, and filling them in.

A template is a folder of ``.tmpl`` files for `string.Template`; a part of a path between braces names one of the `Nouns`.
"""

import re
import string
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import attrs

SUFFIX = ".tmpl"


@attrs.frozen(kw_only=True)
class Nouns:
    """The names that a template is filled with, for ``acme-ships``: see each field."""

    name: str
    """acme-ships"""
    distribution: str
    """conduyt-acme-ships"""
    package: str
    """conduyt_acme_ships"""
    plugin: str
    """acme_ships"""
    class_name: str
    """AcmeShips"""
    plural: str
    """acme_ships"""
    singular: str
    """acme_ship"""
    entity_class: str
    """AcmeShip"""

    def values(self) -> dict[str, str]:
        """Return what a template may name."""
        words = {"constant": self.singular.upper(), "constants": self.plural.upper(), "path": self.plural.replace("_", "-")}
        spoken = {"noun": self.singular.replace("_", " "), "nouns": self.plural.replace("_", " ")}
        return {**attrs.asdict(self), **words, **spoken, "env": self.plugin.upper()}


def nouns_of(name: str) -> Nouns:
    """Return the names made from one in the form ``acme-ships``."""
    snake = name.replace("-", "_")
    one = singular(snake)
    return Nouns(
        name=name.replace("_", "-"),
        distribution=f"conduyt-{name.replace('_', '-')}",
        package=f"conduyt_{snake}",
        plugin=snake,
        class_name=_class(snake),
        plural=snake if one != snake else f"{snake}s",
        singular=one,
        entity_class=_class(one),
    )


def singular(plural: str) -> str:
    """Return the singular of a regular English plural; what is none comes back as it is."""
    for pattern, ending in ((r"ies$", "y"), (r"(x|ss|sh|ch)es$", r"\1"), (r"(?<=[^s])s$", "")):
        made, number = re.subn(pattern, ending, plural)
        if number:
            return made
    return plural


def write_template(template: str, target: Path, nouns: Nouns) -> list[Path]:
    """Write the files of a template below a folder and return their paths; files that exist already are left as they are."""
    values = nouns.values()
    written = []
    for parts, source in _files(resources.files(__package__) / template):
        path = target.joinpath(*(part.format(**values) for part in parts[:-1]), parts[-1].format(**values).removesuffix(SUFFIX))
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(string.Template(source.read_text("utf-8")).substitute(values), "utf-8")
        written.append(path)
    return written


def _files(folder: Traversable, parents: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _files(entry, (*parents, entry.name))
        elif entry.name.endswith(SUFFIX):
            yield (*parents, entry.name), entry


def _class(snake: str) -> str:
    return "".join(word.capitalize() for word in snake.split("_"))
