"""Writes the reference pages from the code: endpoints, settings, events, errors, hooks, commands.

``python -m docs.generate`` writes into ``docs/reference/generated``, which is not kept in the repository.
"""

import inspect
import re
import shutil
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import click

from conduyt_kit import Kit
from conduyt_kit.cli import State, main
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.kernel import errors
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.openapi import openapi_document
from conduyt_kit.kernel.settings import Sources
from conduyt_reference_app.app import APP

TARGET = Path(__file__).parent / "reference" / "generated"


def generate() -> list[Path]:
    """Write all pages anew and return their paths."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    kit = Kit.build(Sources(app={**APP.settings}))
    pages = {
        "settings.md": _settings(kit),
        "events.md": _events(kit),
        "errors.md": _errors(),
        "hooks.md": _hooks(),
        "commands.md": _commands(),
        **_endpoints(kit),
    }
    for name, text in pages.items():
        (TARGET / name).write_text(text.rstrip() + "\n", "utf-8")
    return [TARGET / name for name in pages]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(list(head))]
    return "\n".join([*lines, *("| " + " | ".join(_cell(text) for text in row) + " |" for row in rows)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or " "


def _settings(kit: Kit) -> str:
    sections: dict[str, list[Any]] = {}
    for item in kit.settings.explained:
        sections.setdefault(item.section, []).append(item)
    intro = (
        "# Settings\n\nLater sources win: the app's defaults, `conduyt.toml`, the environment, arguments of `Kit.build`."
        " `conduyt config explain` shows what is in force and where it came from."
    )
    parts = [intro]
    for name, items in sections.items():
        parts.append(f"## {f'Section `[{name}]`' if name else 'The whole installation (top level)'}")
        rows = [(f"`{i.key}`", f"`{i.env}`", f"`{i.default}`" if i.default else "none", i.doc) for i in items]
        parts.append(_table(["Key", "Environment", "Default", "Meaning"], rows))
    return "\n\n".join(parts)


def _events(kit: Kit) -> str:
    intro = (
        "# Events\n\nEvery event of every feature. Names that begin with `custom.` are free for callers."
        " `GET /api/v1/events` lists what an installation has."
    )
    parts = [intro]
    for spec in kit.assembly.events.specs.values():
        rows = [(f"`{name}`", meaning) for name, meaning in spec.fields.items()]
        parts.append(f"## `{spec.name}`\n\n{spec.description}\n\n{_table(['Field', 'Meaning'], rows)}")
    return "\n\n".join(parts)


def _errors() -> str:
    classes = [
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, errors.ConduytError) and (cls.code, cls.status) != ("internal_error", 500)
    ]
    rows = sorted({(str(cls.status), f"`{cls.code}`", _first_line(cls)) for cls in classes})
    intro = (
        '# Errors\n\nEvery error is answered as `{"error": {"code", "message", "details"}}`; `details` names fields and is there'
        " only where it says something. `500 internal_error` is a defect of the server: nothing was changed, a retry is safe."
    )
    return f"{intro}\n\n{_table(['Status', 'Code', 'Meaning'], rows)}"


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n", 1)[0].replace("\n", " ")


def _hooks() -> str:
    parts = ["# Hooks\n\nThe methods of `conduyt_kit.extension.KitPlugin`. Override what you need."]
    for name, method in inspect.getmembers(KitPlugin, inspect.isfunction):
        if name.startswith("conduyt_"):
            signature = re.sub(r"conduyt_kit\.[a-z_.]+\.", "", str(inspect.signature(method)))
            parts.append(f"## `{name}`\n\n```text\n{name}{signature}\n```\n\n{inspect.getdoc(method)}")
    return "\n\n".join(parts)


def _commands() -> str:
    parts = ["# Commands\n\nWhat `conduyt --help` says, of every command."]
    state = State()
    for path, command in _all_commands(main, ("conduyt",), state):
        context = click.Context(command, info_name=" ".join(path), obj=state)
        parts.append(f"## `{' '.join(path)}`\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts)


def _all_commands(command: click.Command, path: tuple[str, ...], state: State) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1], obj=state)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _all_commands(child, (*path, name), state)


def _endpoints(kit: Kit) -> dict[str, str]:
    document = openapi_document(kit.endpoints)
    sections: dict[str, list[Endpoint]] = {}
    for endpoint in kit.endpoints:
        sections.setdefault(endpoint.section, []).append(endpoint)
    pages = {
        f"api-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.md": _section(name, found, document) for name, found in sections.items()
    }
    listing = "\n".join(f"- [{name}](api-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.md)" for name in sections)
    toctree = "\n".join(page.removesuffix(".md") for page in pages)
    pages["api.md"] = (
        "# Endpoints\n\nThe same, machine-readable, is at `/api/v1/openapi.json`, and to try at `/docs`. *Extension* marks what goes"
        f" beyond the documented API.\n\n{listing}\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```"
    )
    return pages


def _section(name: str, endpoints: list[Endpoint], document: Any) -> str:
    parts = [f"# {name}"]
    for endpoint in endpoints:
        operation = document["paths"].get(re.sub(r":(\w+)", r"{\1}", endpoint.route), {}).get(endpoint.method.lower(), {})
        title = f"## {endpoint.method} `{endpoint.route}`"
        scope = f"Scope: `{endpoint.scope.value}`." if endpoint.scope else "Public."
        parts.append(f"{title}\n\n{endpoint.summary}\n\n{scope}{' *Extension.*' if endpoint.extension else ''}")
        if endpoint.query is not None:
            parameters = [p for p in operation.get("parameters", []) if p.get("in") == "query"]
            parts.append(_table(["Parameter", "Meaning"], [(f"`{p['name']}`", p.get("description", "")) for p in parameters]))
        if endpoint.body is not None:
            parts.append(_table(["Field", "Type", "Required"], _body_rows(endpoint.body)))
        parts.append(f"Answers {', '.join(f'`{status}`' for status in (endpoint.status, *endpoint.errors))}.")
    return "\n\n".join(parts)


def _body_rows(cls: type) -> list[tuple[str, str, str]]:
    from conduyt_kit.kernel.entities import strip
    from conduyt_kit.kernel.naming import camel

    hints = typing.get_type_hints(cls, include_extras=True)
    rows = []
    for field in attrs.fields(cls):
        bare, _ = strip(hints[field.name])
        shown = getattr(bare, "__name__", str(bare)).replace("typing.", "")
        if typing.get_origin(bare) is typing.Literal:
            shown = ", ".join(map(str, typing.get_args(bare)))
        rows.append((f"`{camel(field.name)}`", shown, "yes" if field.default is attrs.NOTHING else "no"))
    return rows


if __name__ == "__main__":
    for page in generate():
        print(page.name)
