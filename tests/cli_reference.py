"""The option tables of docs/cli.md, written from the parser.

`python -m tests.cli_reference` rewrites the part of docs/cli.md between each `<!-- options: COMMAND -->` and `<!-- end -->`;
everything else on that page is written by hand. tests/test_docs.py fails when the page is behind the parser.
"""

import argparse
import re
from pathlib import Path

from engine.commands import parser

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
BLOCK = re.compile(r"(<!-- options: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command by its name."""
    return next(a.choices for a in parser()._actions if isinstance(a, argparse._SubParsersAction))


def table(command: argparse.ArgumentParser) -> str:
    """What a command does, and one row for each of its options."""
    actions = [a for a in command._actions if not isinstance(a, argparse._HelpAction)]
    rows = [f"| {_written(a)} | {(a.help or '').replace('|', chr(92) + '|')}{' (required)' if a.required else ''} |" for a in actions]
    return "\n".join([command.description or "", "", "| option | meaning |", "|---|---|", *rows]) + "\n"


def _written(action: argparse.Action) -> str:
    value = "\\|".join(action.choices) if action.choices else action.metavar or action.dest.upper()
    if not action.option_strings:
        return f"`{value}`{' ...' if action.nargs == '*' else ''}"
    return f"`{action.option_strings[-1]}{f' {value}' if action.nargs != 0 else ''}`"


def written(page: str) -> str:
    """The page with every block as the parser has it now."""
    known = commands()
    return BLOCK.sub(lambda found: f"{found[1]}{table(known[found[2]])}{found[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
