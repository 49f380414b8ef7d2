"""What the tests of the command line share: runs to work on, and readers of answers and refusals."""

import contextlib
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from engine.__main__ import main

ROOT = Path(__file__).parents[1]
LABELS = {"entailment", "neutral", "contradiction"}
PAIR = ["--text", "The teacher read the book.", "--text-pair", "The person read the book."]
SETTINGS = {"evaluation": {"languages": ["en", "sw"], "limit": 6}}


@dataclass(frozen=True)
class Saved:
    """A model folder, and a folder of runs with a finished training and a finished evaluation."""

    model: str
    root: str
    trained: dict
    scored: dict

    @property
    def run(self) -> str:
        return self.trained["run_id"]

    @property
    def evaluated(self) -> str:
        return self.scored["run_id"]

    def train(self) -> list[str]:
        return train(self.model, self.root)

    def evaluate(self) -> list[str]:
        return evaluation(self.model, self.root)


@cache
def saved(model: str, folder: Path) -> Saved:
    """Train and evaluate through the command line, once for all tests."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(SETTINGS))
    documents = []
    for arguments in (train(model, str(folder)), evaluation(model, str(folder))):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert main([*arguments, "--json"]) == 0
        documents.append(json.loads(out.getvalue()))
    return Saved(model, str(folder), *documents)


def train(model: str, root: str) -> list[str]:
    return ["train", "--encoder", model, "--limit", "40", "--epochs", "1", "--seed", "3", "--config", f"{root}/run.json", "--runs", root]


def evaluation(model: str, root: str) -> list[str]:
    return ["evaluate", "--model", model, "--languages", "en,ar", "--limit", "6", "--perturbations", "typo:0.5,synonym:0.3", "--runs", root]


def answer(capsys, *arguments: str):
    """The JSON answer of a command that succeeds, and what it says on standard error."""
    status = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    assert out.endswith("\n") and out.count("\n") == 1
    return json.loads(out, parse_constant=pytest.fail), err


def refusal(capsys, arguments: list[str]) -> str:
    """The one sentence of a command that refuses its input."""
    status = main(arguments)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and 20 < len(err) < 800
    assert "Traceback" not in err
    return err
