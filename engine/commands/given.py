"""What the options say, as values of the engine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from engine import languages, text
from engine.config import PerturbationSetting
from engine.errors import InputError
from engine.results import Example


def root(options: argparse.Namespace) -> Path | None:
    """The folder of runs, or None for the usual one."""
    return Path(options.runs) if options.runs else None


def language(code: str | None, string: str) -> str:
    """The code of a known language; the detected one where none is given."""
    return languages.detect(string) if code is None else languages.get(code).code


def example(options: argparse.Namespace, task: str = "nli") -> Example:
    """The text or pair of texts, checked, with known or detected languages."""
    first = text.check(options.text, "text")
    second = None if options.text_pair is None else text.check(options.text_pair, "second text")
    return Example(
        id="typed",
        task=task,
        language=language(options.language, first),
        text=first,
        text_pair=second,
        language_pair=None if second is None else language(options.language_pair, second),
        label=getattr(options, "label", None),
    )


def perturbations(string: str) -> tuple[PerturbationSetting, ...]:
    """Perturbations from `name:severity,name:severity`. Raises InputError for an unknown name or a severity that is no number."""
    return tuple(_perturbation(part.strip()) for part in string.split(",") if part.strip())


def _perturbation(part: str) -> PerturbationSetting:
    from engine.perturbations import get

    # From the right: a name may hold a colon itself, as in synonym:FILE.json.
    name, separator, severity = part.rpartition(":")
    name, severity = (name, severity) if separator else (part, "0.2")
    get(name)
    try:
        return PerturbationSetting(name, float(severity))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"The severity of {name} must be a number between 0 and 1, got {severity!r}.") from None


def json_file(path: str) -> Any:
    """The values in a JSON file. Raises InputError when it cannot be read."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except RecursionError:
        raise InputError(f"The file {path} cannot be read as JSON: it is nested too deeply.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path} cannot be read as JSON: {error}.") from error
