"""All commands with their options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from engine import config as configs
from engine.commands.datasets import ACTIONS as DATA_ACTIONS
from engine.commands.datasets import SPLITS, datasets
from engine.commands.overview import doctor, list_models
from engine.commands.probing import attack, attribute, perturb, predict
from engine.commands.saved import ACTIONS, saved_runs, sql
from engine.commands.training import STAGE_NUMBERS, evaluate, measure, pretrain, train
from engine.errors import InputError

Run = Callable[[argparse.Namespace], Any]
LARGEST_SEED = 2**31 - 1


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one sentence, raised instead of printed with the usage."""

    def error(self, message: str) -> NoReturn:
        message = message if len(message) <= 300 else message[:300] + " ..."
        raise InputError(f"{message[:1].upper()}{message[1:].rstrip('.')}; see {self.prog} --help.")


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = Parser(prog="python -m engine", description="Train, probe, attack, explain and compare multilingual models.", allow_abbrev=False)
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def add(name: str, run: Run, help: str, *options: Callable[[argparse.ArgumentParser], None]) -> None:
        command = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        for some in options:
            some(command)
        command.add_argument("--json", action="store_true", help="write one JSON document to standard output")
        command.set_defaults(answer=run)

    add("doctor", doctor, "Say what is installed and whether everything works.", _runs_folder)
    add("models", list_models, "List the models that are ready to use.", _runs_folder)
    add("predict", predict, "Predict the label of a text or a pair of texts.", _model, _example)
    add("perturb", perturb, "Perturb a text.", _perturb)
    add("attack", attack, "Search for a small change that flips the prediction.", _model, _example, _attack)
    add("attribute", attribute, "Score every word's part in the prediction.", _model, _example, _attribute)
    add("train", train, "Train a model, resume it, or say that it is finished.", _train, _runs_folder)
    add("evaluate", evaluate, "Score a model language by language, clean and perturbed.", _model, _evaluate)
    add("runs", saved_runs, "List, show, compare, export or delete runs.", _saved_runs, _runs_folder)
    add("sql", sql, "Query the tables runs, scores and predictions.", _sql, _runs_folder)
    add("data", datasets, "List, show or export a source's examples, as Parquet and in the format of XTREME.", _data)
    add("pretrain", pretrain, "Pretrain a small multilingual encoder; resumes where it stopped.", _pretrain, _real_text)
    add("measure", measure, "Measure what encoders know before any fine-tuning: pieces per word, retrieval, word alignment.", _measure, _real_text)
    return top


def _whole(low: int, high: int = LARGEST_SEED) -> Callable[[str], int]:
    """Reads a whole number between two bounds."""

    def read(given: str) -> int:
        shown = given if len(given) <= 40 else given[:40] + "..."
        if not given.removeprefix("-").isdecimal() or len(given) > 20:
            raise argparse.ArgumentTypeError(f"{shown!r} is not a whole number")
        if not low <= int(given) <= high:
            raise argparse.ArgumentTypeError(f"must be between {low} and {high}, got {shown}")
        return int(given)

    return read


def _share(given: str) -> float:
    """Reads a number between 0 and 1."""
    try:
        value = float(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given[:40]!r} is not a number between 0 and 1") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, got {given[:40]}")
    return value


def _runs_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("--runs", metavar="DIR", help="folder of runs (default: BABELPROOF_RUNS or ./runs)")


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", required=True, help="a shipped model, a run, a folder or a hub id")
    _runs_folder(command)


def _example(command: argparse.ArgumentParser) -> None:
    command.add_argument("--text", required=True, help="the text, or the first of a pair (premise)")
    command.add_argument("--text-pair", metavar="TEXT", help="the second text (hypothesis)")
    command.add_argument("--language", metavar="CODE", help="language of the text; detected when left out")
    command.add_argument("--language-pair", metavar="CODE", help="language of the second text; detected when left out")


def _seed(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--seed", type=_whole(0), default=1, help=f"seed of {what} (default: 1)")


def _perturb(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="perturbation, for example typo or synonym")
    command.add_argument("--severity", type=_share, default=0.2, help="share of the words that are changed, 0 to 1 (default: 0.2)")
    command.add_argument("--language", metavar="CODE", help="language of the text; detected when left out")
    command.add_argument("--text", required=True, help="the text")
    _seed(command, "the changes")


def _attack(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", default="greedy_typo", help="attack (default: greedy_typo)")
    command.add_argument("--budget", type=_whole(1), default=300, help="texts that the model may score, the clean one included (default: 300)")
    command.add_argument("--label", help="the right label; the model's own prediction is attacked when left out")
    command.add_argument("--side", choices=("text", "text_pair"), help="which text is changed (default: the second of a pair)")
    _seed(command, "the search")


def _attribute(command: argparse.ArgumentParser) -> None:
    command.add_argument("--method", default="integrated_gradients", help="integrated_gradients (default) or input_x_gradient")
    command.add_argument("--target", metavar="LABEL", help="label to explain; the prediction when left out")
    command.add_argument("--steps", type=_whole(1, 1000), default=50, help="steps of the path integral to begin with; doubled until it has converged (default: 50)")


def _train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="JSON file with the whole run configuration; the other options change it")
    command.add_argument("--encoder", help="encoder to start from (default: mini)")
    command.add_argument("--task", help="task (default: nli)")
    command.add_argument("--source", help="miniature, everyday, folder:PATH or hub:NAME; several joined by + train jointly")
    command.add_argument("--objective", choices=sorted(configs.OBJECTIVE_SETTINGS), help="training objective (default: standard)")
    command.add_argument("--seed", type=_whole(0), help="seed of everything random in the run (default: 1)")
    command.add_argument("--limit", type=_whole(0), help="use so many training examples of each source, spread evenly over it (0: all)")
    for field in STAGE_NUMBERS:
        name, kind = f"--{field.name.replace('_', '-')}", type(field.default)
        shown = f"{field.metadata['help']} (default: {field.default})"
        command.add_argument(name, type=kind, metavar=kind.__name__.upper(), help=shown)
    _perturbations(command)
    command.add_argument("--run", metavar="ID", help="carry on with this run; no other option is needed")


def _perturbations(command: argparse.ArgumentParser) -> None:
    command.add_argument("--perturbations", metavar="LIST", help="scored besides the clean text, as typo:0.2,synonym:0.3")


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--task", default="nli", help="task (default: nli)")
    command.add_argument("--source", default="miniature", help="miniature (default), everyday, folder:PATH or hub:NAME")
    command.add_argument("--languages", metavar="CODES", default="", help="codes separated by commas (default: all that the source has)")
    _perturbations(command)
    command.add_argument("--generalized", action="store_true", help="also score pairs in two different languages")
    command.add_argument("--split", default="test", choices=("test", "dev", "train"), help="split; dev where a source has no test split")
    command.add_argument("--limit", type=_whole(0), default=0, help="examples per language (default: 0, all)")
    _seed(command, "the perturbations")


def _saved_runs(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=tuple(ACTIONS), help="what to do")
    command.add_argument("ids", nargs="*", metavar="ID", help="one run id; two for diff, none for list")
    command.add_argument("--to", metavar="FILE", help="zip file to export to")


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=DATA_ACTIONS, help="what to do")
    command.add_argument("--source", default="miniature", help="miniature (default), everyday, folder:PATH or hub:NAME")
    command.add_argument("--task", help="task (default: every task of the miniature)")
    command.add_argument("--split", choices=(*SPLITS, "all"), help="split to show or export; all: every one that a language has (default: export all, show test)")
    command.add_argument("--languages", metavar="CODES", default="", help="codes separated by commas (default: all; show: the first)")
    command.add_argument("--limit", type=_whole(0), default=5, help="examples per language to show (default: 5; 0: all)")
    command.add_argument("--to", metavar="DIR", help="folder to export to")
    command.add_argument("--align", nargs="?", const="en", default="", metavar="CODE", help="export the gold word alignments with a language as well (default: en; miniature only)")


def _sql(command: argparse.ArgumentParser) -> None:
    command.add_argument("query", help='for example "select * from scores limit 5"')


def _real_text(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="DIR", help="folder of real text (default: BABELPROOF_DATA); without one, the miniature alone")


def _measure(command: argparse.ArgumentParser) -> None:
    command.add_argument("encoder", nargs="+", help="name, hub id or folder of an encoder")


def _pretrain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="DIR", required=True, help="folder for the encoder; DIR.work beside it keeps the state")
    command.add_argument("--size", default="mini", help="tiny, mini or small (default: mini)")
    command.add_argument("--tokenizer", metavar="DIR", help="encoder folder whose tokenizer to take; without one it is trained")
    command.add_argument("--start", metavar="DIR", help="encoder folder to go on from, with its tokenizer, under a new learning-rate schedule; a larger --size grows it, and `shared_layers` leaves its lowest part as it is")
    command.add_argument("--teacher", metavar="DIR", help="folder of a sentence encoder of English to distil from, with the setting `distillation`")
    command.add_argument("--share", metavar="DIR", help="encoder folder whose tokenizer, embeddings and lowest layers (setting `shared_layers`) are this one's too, under layers of the teacher")
    command.add_argument("--workers", type=_whole(0, 256), default=0, help="processes that draw batches ahead, on a system that forks (not Windows); the result is the same (default: 0)")
    command.add_argument("--config", metavar="FILE", help="JSON file with settings that differ from those of the size")
