"""The reference page of an input, from the dataclasses that read it (trainer.settings).

A docstring has an entry for each key, on a line of its own or shared by several, and prose around them:

    steps: how many;
        a second line is indented.
    inner, outer: where it begins and where it ends, angstrom.
"""

import dataclasses
import inspect
import json
import re
import typing
from typing import Any

from trainer.settings import describe

ENTRY = re.compile(r"(\w+(?:, \w+)*): (.+)")


def page(title: str, root: type, *kinds: type) -> str:
    """Markdown: a section for the keys of `root`, one for each of its tables, and for those that its `kinds` add.

    kinds: subclasses of it, of which one reads an input."""
    hints = {name: hint for cls in (root, *kinds) for name, hint in typing.get_type_hints(cls).items()}
    tables = {name: found for name in hints if (found := table_class(hints[name]))}
    sections = [section("Top level", root, tables)]
    for name, cls in tables.items():
        sections.append(section(f"[{name}]", cls, {}))
    return "\n".join([f"# {title}\n", *sections])


def section(title: str, cls: type, tables: dict[str, type]) -> str:
    """A heading, the prose of the docstring, and a row for each key that is not a table of its own."""
    prose, entries = parse(cls)
    hints = typing.get_type_hints(cls)
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(cls):
        if field.name not in tables:
            cells = [f"`{field.name}`", value(hints[field.name]), default(field), escaped(entries[field.name], True)]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([f"## {title}\n", *(f"{escaped(paragraph)}\n" for paragraph in prose), *rows, ""])


def parse(cls: type) -> tuple[list[str], dict[str, str]]:
    """Paragraphs and entries of the docstring of `cls`. Raises ValueError unless each key has exactly one entry."""
    prose, entries = [""], dict[str, str]()
    known = {field.name for field in dataclasses.fields(cls)}
    keys: list[str] = []
    for line in inspect.getdoc(cls).splitlines():  # type: ignore[union-attr]
        entry = ENTRY.fullmatch(line)
        names = set(entry[1].split(", ")) if entry else set()
        if entry and names & known:
            if wrong := names - known or names & set(entries):
                raise ValueError(f"{cls.__name__}: an entry for {', '.join(wrong)}, which is no key or has one already")
            keys = entry[1].split(", ")
            entries |= dict.fromkeys(keys, entry[2])
        elif keys and line.startswith("    "):
            entries |= {key: f"{entries[key]} {line.strip()}" for key in keys}
        elif line:
            keys, prose[-1] = [], f"{prose[-1]} {line}".strip()
        else:
            keys = []
            prose.append("")
    if missing := known - set(entries):
        raise ValueError(f"{cls.__name__}: its docstring has no entry '{sorted(missing)[0]}: meaning'")
    return [paragraph for paragraph in prose if paragraph], entries


def table_class(hint: Any) -> type | None:
    """The dataclass that reads a table, where the hint is one, or a union or a list with one."""
    if dataclasses.is_dataclass(hint):
        return typing.cast(type, hint)
    return next((found for part in typing.get_args(hint) if (found := table_class(part))), None)


def value(hint: Any) -> str:
    return escaped(describe(hint).removeprefix("a "), True)


def default(field: "dataclasses.Field[Any]") -> str:
    """As TOML; empty where the meaning says what is done without the key."""
    if field.default_factory is not dataclasses.MISSING:
        return f"`{json.dumps(field.default_factory())}`"
    if field.default is dataclasses.MISSING:
        return "required"
    return "" if field.default is None else f"`{json.dumps(field.default)}`"


def escaped(text: str, cell: bool = False) -> str:
    """Text that Markdown shows as it is; `in backquotes` stays."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = {"<": "&lt;", "*": r"\*", "[": r"\["} | ({"|": r"\|"} if cell else {})
    return "".join(
        part if part.startswith("`") else "".join(plain.get(letter, letter) for letter in part) for part in parts
    )
