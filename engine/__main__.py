"""The command line: `python -m engine COMMAND`. The same engine as the pages.

With --json exactly one JSON document goes to standard output and everything else to standard error. Bad input leaves with
status 2 and one sentence on standard error.
"""

from __future__ import annotations

import io
import json
import os
import sys

from engine.errors import InputError

QUIET = {"TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
"""What keeps libraries from writing between a command's own lines; anyone may set these otherwise."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, 2 for bad input, 130 when cancelled."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from engine import commands

    given = sys.argv[1:] if arguments is None else arguments
    try:
        parsed = commands.parser().parse_args(given)
        answer = parsed.answer(parsed)
    except InputError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:  # a folder that is a file, a place that may not be written
        return _refuse(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal's locale: JSON is UTF-8, and no script may fail
    try:
        print(json.dumps(commands.plain(answer), ensure_ascii=False) if parsed.json else commands.readable(answer), flush=True)
    except BrokenPipeError:  # whoever reads has read enough, as `head` does; nor may the interpreter try again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _refuse(message: str) -> int:
    from engine.commands import sentence

    print(sentence(message), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
