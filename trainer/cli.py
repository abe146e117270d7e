"""The command `henrici`. It knows no subcommand: packages declare them in the entry point group `henrici.commands`.

A subcommand is a module with a docstring, `add_arguments(parser)` and `run(arguments) -> exit code`.
"""

import argparse
import importlib
import importlib.metadata
import os
import signal
import sys
from types import ModuleType

from trainer.errors import UserError

GROUP = "henrici.commands"


def main(argv: list[str] | None = None) -> int:
    """Runs one subcommand. What the user can mend is one line on stderr and exit code 2."""
    argv = sys.argv[1:] if argv is None else argv
    # LAMMPS's convention, set before torch is imported. A second thread saves a fifth of the time of a training step on
    # 192 atoms and nothing on small cells; where another process wants its core, it makes a step forty times slower.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    entries = {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    if argv and argv[0] in entries:
        try:
            return command(argv[0], entries[argv[0]].load(), argv[1:])
        except UserError as error:
            print(f"henrici {argv[0]}: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:  # `henrici ... | head`
            return 1
        except OSError as error:
            print(f"henrici {argv[0]}: {error.filename}: {error.strerror}", file=sys.stderr)
            return 2
    asked = not argv or argv[0] in ("-h", "--help")
    print(usage(entries), file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def command(name: str, module: ModuleType, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"henrici {name}", description=module.__doc__)
    module.add_arguments(parser)
    arguments = parser.parse_args(argv)
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # libraries in C swallow a KeyboardInterrupt while they are imported
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    importlib.import_module("torch")
    signal.signal(signal.SIGINT, handler)
    return int(module.run(arguments))


def usage(entries: dict[str, importlib.metadata.EntryPoint]) -> str:
    return f"usage: henrici COMMAND ...\ncommands: {', '.join(sorted(entries))}\nhenrici COMMAND -h says what it takes"


if __name__ == "__main__":
    sys.exit(main())
