"""Settings: one frozen attrs class per section, read from defaults, the app, ``conduyt.toml``, the environment and arguments.

Later sources win. All mistakes are reported at once, each with its source. Nothing else in the kit reads the environment.
"""

import datetime as dt
import difflib
import enum
import os
import re
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs

from conduyt_kit.kernel.entities import strip
from conduyt_kit.kernel.errors import Detail, SettingsError, SpecError
from conduyt_kit.kernel.values import Rule

T = TypeVar("T")

CONFIG_FILE = "conduyt.toml"
_PREFIX = "CONDUYT_"
_RATE = re.compile(r"[1-9]\d*\s*(?:/|\s+per\s+)\s*(?:[1-9]\d*\s*)?(?:second|minute|hour|day|month|year)s?", re.IGNORECASE)


class Secret:
    """A value that never shows itself: in logs, errors, ``repr`` or ``config explain``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(*****)" if self._value else "Secret('')"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def setting(doc: str, *, env: str | None = None) -> Mapping[str, Any]:
    """Return the ``metadata`` of a settings field.

    Args:
        doc: one sentence for ``conduyt config explain`` and the reference.
        env: a fixed environment name, instead of ``CONDUYT_<SECTION>_<KEY>``.
    """
    return {"doc": doc, "env": env}


def rate(_: Any, __: "attrs.Attribute[str]", value: str) -> None:
    """Validate a limit such as ``600/minute`` or ``5 per 2 hours``; "off" and "" stand for none. For attrs fields.

    Raises:
        ValueError: it is none of these.
    """
    if value not in ("", "off") and not _RATE.fullmatch(value):
        raise ValueError(f"must be a number of times in a time, such as 600/minute, or off, not {value!r}")


def form(annotation: Any) -> Callable[[Any, "attrs.Attribute[Any]", Any], None]:
    """Return a validator for attrs fields that asks for the form of one of the types in `values`, such as `Url`."""
    rules = [part for part in typing.get_args(annotation) if isinstance(part, Rule)]

    def check(_: Any, __: "attrs.Attribute[Any]", value: Any) -> None:
        for rule in rules:
            normal = rule.check(value)
            if normal != value:
                raise ValueError(f"must be written {normal}")

    return check


@attrs.frozen(kw_only=True)
class SettingsSpec:
    """Declares a settings section: `cls` is a frozen attrs class in which every field has a default.

    `name` is the TOML table and the middle of the environment names; "" is the kit's own section.
    """

    name: str
    cls: type
    description: str = ""

    def env_of(self, field: "attrs.Attribute[Any]") -> str:
        """Return the environment variable that sets a field."""
        fixed = field.metadata.get("env")
        if fixed:
            return str(fixed)
        return _PREFIX + (f"{self.name}_" if self.name else "").upper() + field.name.upper()


@attrs.frozen(kw_only=True)
class Explained:
    """One setting as it is in force: `shown` hides secrets, `source` says where it came from."""

    section: str
    key: str
    shown: str
    source: str
    env: str
    doc: str
    default: str


class Settings:
    """The loaded sections of one kit."""

    def __init__(self, sections: Mapping[type, Any], explained: Sequence[Explained]) -> None:
        self._sections = dict(sections)
        self.explained = tuple(explained)

    def section(self, cls: type[T]) -> T:
        """Return the section of that class.

        Raises:
            SpecError: no loaded plugin declares it.
        """
        found = self._sections.get(cls)
        if found is None:
            raise SpecError(f"no plugin of this kit declares the settings {cls.__name__}")
        return found  # type: ignore[no-any-return]


@attrs.frozen(kw_only=True)
class Sources:
    """Where settings are read from, by rising precedence: the app's defaults, a file, the environment, arguments.

    Each mapping is nested by section; the kit's own keys are at its top level, as in the TOML file.
    """

    app: Mapping[str, Any] = attrs.field(factory=dict)
    file: Mapping[str, Any] = attrs.field(factory=dict)
    file_name: str = CONFIG_FILE
    environment: Mapping[str, str] = attrs.field(factory=dict)
    arguments: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of_process(cls, *, app: Mapping[str, Any] | None = None, arguments: Mapping[str, Any] | None = None) -> "Sources":
        """Return the sources of this process: its environment, and ``conduyt.toml`` in the working directory or at ``CONDUYT_CONFIG``.

        Raises:
            SettingsError: the file named by ``CONDUYT_CONFIG`` does not exist, or the file is not TOML.
        """
        named = os.environ.get("CONDUYT_CONFIG")
        path = Path(named or CONFIG_FILE)
        content: Mapping[str, Any] = {}
        if path.exists():
            content = read_toml(path)
        elif named:
            raise SettingsError(f"CONDUYT_CONFIG names {named}, which does not exist")
        return cls(app=app or {}, file=content, file_name=str(path), environment=dict(os.environ), arguments=arguments or {})


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file.

    Raises:
        SettingsError: it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def load(specs: Iterable[SettingsSpec], sources: Sources, *, strict: bool = True) -> Settings:
    """Return the settings of these sections.

    Args:
        specs: the sections to load.
        sources: where from.
        strict: whether unknown sections and keys of the file and the arguments are mistakes. Off while only the kit's own section is
            known, to find out which plugins run.

    Raises:
        SettingsError: values are wrong or keys unknown; `details` names every one with its source.
    """
    loader = _Loader(sources)
    known = list(specs)
    sections = {spec.cls: loader.section(spec) for spec in known}
    if strict:
        loader.refuse_unknown(known)
    if loader.wrong:
        lines = "; ".join(f"{detail.field}: {detail.message}" for detail in loader.wrong)
        raise SettingsError(f"Settings are wrong: {lines}", loader.wrong)
    return Settings(sections, loader.explained)


class _Loader:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.wrong: list[Detail] = []
        self.explained: list[Explained] = []

    def section(self, spec: SettingsSpec) -> Any:
        hints = typing.get_type_hints(spec.cls, include_extras=True)
        values: dict[str, Any] = {}
        for field in attrs.fields(spec.cls):
            default = _default_of(field)
            found = self._find(spec, field)
            value, source = default, "default"
            if found is not None:
                raw, source = found
                try:
                    value = convert(hints[field.name], self._resolved(raw))
                    if field.validator:
                        field.validator(None, field, value)
                except (ValueError, TypeError) as error:
                    self.wrong.append(Detail(f"{_title(spec)}{field.name}", f"{error} (from {source})"))
                    value = default
            values[field.name] = value
            self.explained.append(
                Explained(
                    section=spec.name,
                    key=field.name,
                    shown=_shown(value),
                    source=source,
                    env=spec.env_of(field),
                    doc=str(field.metadata.get("doc", "")),
                    default=_shown(default),
                )
            )
        return spec.cls(**values)

    def _find(self, spec: SettingsSpec, field: "attrs.Attribute[Any]") -> tuple[Any, str] | None:
        for source, origin in ((self._sources.arguments, "argument"), (None, ""), (self._sources.file, self._sources.file_name)):
            if source is None:
                name = spec.env_of(field)
                if self._sources.environment.get(name, "") != "":
                    return self._sources.environment[name], f"the environment variable {name}"
                continue
            table = _table(source, spec.name)
            if field.name in table:
                return table[field.name], origin
        table = _table(self._sources.app, spec.name)
        return (table[field.name], "the app's defaults") if field.name in table else None

    def _resolved(self, value: Any) -> Any:
        """Follow ``{env = "NAME"}`` and ``{file = "path"}``, so that secrets need not stand in the file."""
        if isinstance(value, dict) and set(value) == {"env"}:
            name = str(value["env"])
            if name not in self._sources.environment:
                raise ValueError(f"names the environment variable {name}, which is not set")
            return self._sources.environment[name]
        if isinstance(value, dict) and set(value) == {"file"}:
            try:
                return Path(str(value["file"])).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"names a file that cannot be read: {error}") from error
        return value

    def refuse_unknown(self, specs: list[SettingsSpec]) -> None:
        sections = {spec.name: spec for spec in specs}
        own = [field.name for spec in specs if not spec.name for field in attrs.fields(spec.cls)]
        for source, origin in ((self._sources.file, self._sources.file_name), (self._sources.arguments, "argument")):
            for key, value in source.items():
                if key in own:
                    continue
                if not isinstance(value, Mapping) or key not in sections:
                    self.wrong.append(Detail(key, _unknown("setting or section", key, [*own, *filter(None, sections)], origin)))
                    continue
                names = [field.name for field in attrs.fields(sections[key].cls)]
                unknown = [name for name in value if name not in names]
                self.wrong.extend(Detail(f"{key}.{name}", _unknown("setting", name, names, origin)) for name in unknown)


def _table(source: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    if not section:
        return source
    found = source.get(section)
    return found if isinstance(found, Mapping) else {}


def _title(spec: SettingsSpec) -> str:
    return f"{spec.name}." if spec.name else ""


def _default_of(field: "attrs.Attribute[Any]") -> Any:
    if field.default is attrs.NOTHING:
        raise SpecError(f"the setting {field.name} has no default")
    factory = getattr(field.default, "factory", None)
    return factory() if factory is not None else field.default


def _unknown(what: str, key: str, known: list[str], origin: str) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown {what}{f'; did you mean {near[0]}?' if near else ''} (from {origin})"


def _shown(value: Any) -> str:
    if isinstance(value, Secret):
        return "*****" if value else ""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def convert(annotation: Any, raw: Any) -> Any:
    """Return a raw value (text of the environment, or a TOML or Python value) as the type of its setting.

    Text is read as: ``true/false/1/0/yes/no/on/off`` for booleans, comma-separated for tuples, seconds for `datetime.timedelta`.

    Raises:
        ValueError: the value cannot be read as that type.
    """
    bare, nullable = strip(annotation)
    if raw is None or (nullable and raw == ""):
        if nullable:
            return None
        raise ValueError("must be given")
    origin = typing.get_origin(bare)
    if origin is Literal:
        choices = typing.get_args(bare)
        if raw not in choices:
            raise ValueError(f"must be one of {', '.join(map(str, choices))}")
        return raw
    if origin is tuple:
        items = [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
        return tuple(convert(typing.get_args(bare)[0], item) for item in items)
    if origin in (dict, Mapping) or origin is types.MappingProxyType:
        if not isinstance(raw, Mapping):
            raise ValueError("must be a table")
        return dict(raw)
    return _scalar(bare, raw)


def _scalar(bare: Any, raw: Any) -> Any:
    if bare is bool:
        return _boolean(raw)
    if isinstance(bare, type) and isinstance(raw, bare) and not isinstance(raw, bool):
        return raw
    if bare is Secret:
        return Secret(str(raw))
    if bare is Path:
        return Path(str(raw)).expanduser()
    if bare is dt.timedelta:
        return dt.timedelta(seconds=_number(float, raw, "a number of seconds"))
    if bare in (int, float):
        return _number(bare, raw, "a whole number" if bare is int else "a number")
    if bare is str and not isinstance(raw, str):
        raise ValueError(f"must be text, not {raw!r}")
    return raw


def _number(kind: type, raw: Any, what: str) -> Any:
    try:
        if isinstance(raw, bool) or (kind is int and isinstance(raw, float) and raw != int(raw)):
            raise ValueError(raw)
        return kind(raw)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"must be {what}, not {raw!r}") from error


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    found = known.get(str(raw).strip().lower())
    if found is None:
        raise ValueError(f"must be true or false, not {raw!r}")
    return found
