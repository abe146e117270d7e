"""Print what a model file says about itself, or what is known of a run: all it takes to repeat it, and its sessions."""

import argparse
import json
from pathlib import Path
from typing import Any

from trainer.export import read_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file, or folder of a run")


def run(arguments: argparse.Namespace) -> int:
    for key, value in document(arguments.model).items():
        lines = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        for k, line in enumerate(lines):
            print(f"{'' if k else key:12} {line if isinstance(line, str) else json.dumps(shortened(line))}")
    return 0


def document(path: Path) -> dict[str, Any]:
    if path.is_dir():
        from trainer.loop import record

        return record.read(path)
    return read_document(path)


def shortened(value: Any) -> Any:
    """Long words, which only programs read, are cut off."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    return f"{value[:16]}... ({len(value)} characters)" if isinstance(value, str) and len(value) > 1000 else value
