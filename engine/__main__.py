"""The command line: `python -m engine COMMAND`. The same engine as the pages.

With --json exactly one JSON document goes to standard output and everything else to standard error. Bad input leaves with
status 2 and one sentence on standard error.
"""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

from engine.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, 2 for bad input, 130 when cancelled."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from engine import commands

    given = sys.argv[1:] if arguments is None else arguments
    try:
        parsed = commands.parser().parse_args(given)
        answer = parsed.run(parsed)
    except InputError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except (KeyboardInterrupt, commands.Stopped):
        print("Cancelled.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    if parsed.json:
        sys.stdout.write(json.dumps(_plain(answer), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(commands.readable(answer) + "\n")
    return 0


def _plain(value: Any) -> Any:
    """JSON values; numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


if __name__ == "__main__":
    sys.exit(main())
