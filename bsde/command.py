"""Solve a semilinear parabolic PDE in many dimensions, with error bars; or list the problems that are there."""

import argparse
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    solve = kinds.add_parser(
        "solve",
        help="u(0, start) with its errors, and u and grad u as a file",
        description="u(0, start) with its errors, by networks or by simulation alone; see docs/bsde.md.",
    )
    solve.add_argument("problem", nargs="?", help="a name of `henrici bsde table`, file.py:Class, or input.toml")
    solve.add_argument(
        "--method", help="deep-bsde (default), dbdp1, dbdp2, deep-splitting; feynman-kac, multilevel; picard"
    )
    solve.add_argument("--dim", type=int, help="dimension, where it is not the problem's own")
    solve.add_argument("--horizon", type=float, metavar="T", help="final time, likewise")
    solve.add_argument("--start", type=float, nargs="+", metavar="X", help="one number for all coordinates, or each")
    solve.add_argument("--seeds", type=int, help="how many independent trainings, of methods with networks")
    solve.add_argument("--steps", type=int, help="of each training")
    solve.add_argument("--error", type=float, help="what feynman-kac (half width) and multilevel go on until, absolute")
    solve.add_argument("-o", "--output", type=Path, default=Path("solution"), help="run folder (default: solution)")
    solve.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to go on with")
    kinds.add_parser("table", help="the problems that are there, and what is known of them")
    kinds.add_parser("reference", help="every key of input.toml, as Markdown")


def run(arguments: argparse.Namespace) -> int:
    if arguments.kind == "table":
        from bsde.table import table

        print(table())
        return 0
    if arguments.kind == "reference":
        from bsde.solve.settings import KINDS, SolveSettings
        from trainer.reference import page

        print(page("Input of henrici bsde solve", SolveSettings, *dict.fromkeys(KINDS.values())), end="")
        return 0
    return solve(arguments)


def solve(arguments: argparse.Namespace) -> int:
    from bsde.finish import finish
    from bsde.solve import run as runs
    from trainer.errors import UserError
    from trainer.loop import processes

    if (arguments.problem is None) == (arguments.resume is None):
        raise UserError("expected either a problem, or --resume with the folder of a run")
    folder = arguments.resume or arguments.output
    with processes.together():
        done = runs.resume(folder) if arguments.resume else runs.start(settings(arguments), folder)
        if done and processes.rank() == 0:
            finish(folder)
    return 0 if done else 130


def settings(a: argparse.Namespace) -> Any:
    """The input file, if that is what was named, and what the options say besides."""
    from bsde.solve.settings import located, read
    from trainer.settings import read_toml

    if a.problem.endswith(".toml"):
        table, where = located(read_toml(Path(a.problem)), Path(a.problem).parent), a.problem
    else:
        table, where = located({"problem": a.problem}, Path()), "options"
    if a.method is not None:
        table["method"] = a.method
    start = a.start[0] if a.start and len(a.start) == 1 else a.start
    for option, value, keys in (
        ("--dim", a.dim, {"parameters": "dim"}),
        ("--horizon", a.horizon, {"parameters": "horizon"}),
        ("--start", start, {"parameters": "start"}),
        ("--seeds", a.seeds, {"training": "seeds"}),
        ("--steps", a.steps, {"training": "steps"}),
        ("--error", a.error, {"feynman_kac": "half_width", "multilevel": "error"}),
    ):
        if value is not None:
            put(table, where, option, value, keys)
    return read(table, where)


def put(table: dict[str, Any], where: str, option: str, value: Any, keys: dict[str, str]) -> None:
    """An option in its place in the input. keys: which key it is, by the table that has it.

    Raises UserError where the method has none of these tables."""
    from bsde.solve.settings import KINDS, kind_of, tables_of
    from trainer.errors import UserError

    name = next(iter(keys.keys() & tables_of(kind_of(table, where))), None)
    if name is None:
        methods = [method for method, kind in KINDS.items() if keys.keys() & tables_of(kind)]
        raise UserError(f"{option} goes with the methods {', '.join(methods)}; leave it out, or take one by --method")
    entries = table.setdefault(name, {})
    if isinstance(entries, dict):  # what else an input may hold there, `read` refuses
        entries[keys[name]] = value
