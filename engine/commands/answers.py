"""What a command says: its answer as JSON or as text for people, and lines beside the answer on standard error."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from typing import Any

from engine import languages
from engine.results import Example

LONGEST = 600
"""Characters of an error message; a longer one quotes something that nobody wants to read again."""


def say(message: str) -> None:
    """A line for the person at the terminal, never part of the answer."""
    print(message, file=sys.stderr, flush=True)


def sentence(message: str) -> str:
    """A message as one printable line: line breaks become spaces, control characters become escapes."""
    line = " ".join(message.split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"


def readable(answer: Any) -> str:
    """An answer for people: tables as tables, everything else as indented JSON."""
    rows = answer if isinstance(answer, list) else None
    if rows is not None and all(isinstance(r, dict) for r in rows):
        import pandas as pd

        return pd.DataFrame(rows).to_string(index=False) if rows else "(nothing)"
    return json.dumps(plain(answer), ensure_ascii=False, indent=1)


def plain(value: Any) -> Any:
    """JSON values; numbers that are not finite and missing times become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):  # a number or an array of NumPy
        return plain(value.tolist())
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if value != value else str(value)


def language_answer(example: Example) -> dict[str, Any]:
    """The languages that an example was read in."""
    return {"language": example.language, **({"language_pair": example.language_pair} if example.language_pair else {})}


def say_detected(example: Example, language: str | None, language_pair: str | None) -> None:
    """Say which languages were detected because the options left them out."""
    if language is None:
        say(f"The language of the text was detected as {_named(example.language)}.")
    if example.language_pair is not None and language_pair is None:
        say(f"The language of the second text was detected as {_named(example.language_pair)}.")


def _named(code: str) -> str:
    return f"{languages.get(code).name} ({code})"


def say_truncated(tokens: int) -> None:
    """Say that a model did not read a text to its end."""
    if tokens:
        say(f"The text is longer than the model reads: its last {tokens} tokens were cut off.")


def values(items: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Frozen values as JSON objects."""
    return [dataclasses.asdict(item) for item in items]
