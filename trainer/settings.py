"""TOML to frozen dataclasses and back: strict, typed, at most two deep.

The dataclass is the only definition: its fields are the keys, its defaults the defaults, its docstring the reference.
"""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from trainer.errors import UserError

T = TypeVar("T")


def read_toml(path: Path) -> dict[str, Any]:
    """Raises UserError when the file is missing or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid TOML: {error}") from None


def parse(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """An instance of the dataclass `cls` from a TOML table. Raises UserError naming `where`, the key and what fits."""
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise UserError(f"{where}: unknown key '{key}'{nearest(key, known)}")
    arguments = {}
    for name, field in known.items():
        if name in values:
            arguments[name] = convert(hints[name], values[name], f"{where}.{name}" if where else name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise UserError(f"{where}: missing key '{name}'")
    try:
        return cls(**arguments)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def resolved(settings: Any) -> dict[str, Any]:
    """The table that `parse` would read to the same dataclass, with every default written out."""
    return dataclasses.asdict(settings, dict_factory=lambda items: {k: v for k, v in items if v is not None})


def nearest(key: str, known: Mapping[str, Any]) -> str:
    """'; did you mean ...?' or the list of what there is."""
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(known)}"


def convert(expected: Any, value: Any, where: str) -> Any:
    """`value` as the type `expected`: bool, int, float, str, Path, Literal, tuple, dict, dataclass, or a union."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if expected is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        options = [o for o in arguments if dataclasses.is_dataclass(o) or typing.get_origin(o) is dict]
        if len(options) == 1 and isinstance(value, Mapping):  # an optional table: its own errors say most
            return convert(options[0], value, where)
        for option in arguments:
            try:
                return convert(option, value, where)
            except UserError:
                continue
    elif origin is typing.Literal:
        if value in arguments:
            return value
    elif origin is tuple and isinstance(value, list | tuple):
        tables = dataclasses.is_dataclass(arguments[0]) and len(value) > 1  # [[name]] repeated
        names = [f"{where}[{k}]" if tables else where for k in range(len(value))]
        return tuple(convert(arguments[0], item, name) for item, name in zip(value, names, strict=True))
    elif origin is tuple and dataclasses.is_dataclass(arguments[0]) and isinstance(value, Mapping):
        return (convert(arguments[0], value, where),)  # [name] once
    elif origin is dict and isinstance(value, Mapping):
        return {str(k): convert(arguments[1], v, f"{where}.{k}") for k, v in value.items()}
    elif dataclasses.is_dataclass(expected) and isinstance(value, Mapping):
        return parse(typing.cast(type, expected), value, where)
    elif expected is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif expected is not float and isinstance(expected, type) and type(value) is expected:
        return value
    raise UserError(f"{where}: expected {describe(expected)}, got {value!r}")


def describe(expected: Any) -> str:
    """A type as a user would say it."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(describe(option) for option in arguments if option is not type(None))
    if origin is typing.Literal:
        return " or ".join(repr(option) for option in arguments)
    if origin is tuple and dataclasses.is_dataclass(arguments[0]):
        return "a table, or several"
    if origin is tuple:
        words = describe(arguments[0]).removeprefix("a ").split(" of ")  # "list of strings": "lists of strings"
        return f"a list of {' of '.join([f'{words[0]}s', *words[1:]])}"
    if origin is dict or dataclasses.is_dataclass(expected):
        return "a table"
    return {float: "a number", int: "a whole number", str: "a string", bool: "true or false"}.get(
        expected, str(expected)
    )
