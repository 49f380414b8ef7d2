"""The commands of the command line: what each reads and the JSON value it answers with."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from engine import config as configs
from engine import languages, settings, text
from engine.config import Evaluation, PerturbationSetting, RunConfig, Stage, TaskData
from engine.errors import InputError, did_you_mean
from engine.results import Attribution, Edit, Example


class Stopped(Exception):
    """A training was cancelled."""


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one sentence, raised instead of printed with the usage."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:].rstrip('.')}. See python -m engine {self.prog.split(' ', 1)[-1]} --help.")


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = Parser(prog="engine", description="Train, probe, attack, explain and compare multilingual models.", allow_abbrev=False)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], Any], help: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        command.add_argument("--json", action="store_true", help="write one JSON document to standard output")
        command.set_defaults(run=run)
        return command

    add("doctor", doctor, "Say what is installed and whether everything works.")
    add("models", list_models, "List the models that are ready to use.").add_argument("--runs", metavar="DIR", help="folder of runs")
    _example_options(_model_option(add("predict", predict, "Predict the label of a text or a pair of texts.")))
    _perturb_options(add("perturb", perturb, "Perturb a text."))
    _attack_options(_example_options(_model_option(add("attack", attack, "Search for a small change that flips the prediction."))))
    _attribute_options(_example_options(_model_option(add("attribute", attribute, "Score every word's part in the prediction."))))
    _train_options(add("train", train, "Train a model, resume it, or say that it is finished."))
    _evaluate_options(_model_option(add("evaluate", evaluate, "Score a model language by language, clean and perturbed.")))
    _runs_options(add("runs", _runs, "List, show, compare, export or delete runs."))
    _pretrain_options(add("pretrain", pretrain, "Pretrain a small multilingual encoder; resumes where it stopped."))
    query = add("sql", sql, "Query the tables runs, scores and predictions.")
    query.add_argument("query", help='for example "select * from scores limit 5"')
    query.add_argument("--runs", metavar="DIR", help="folder of runs")
    return top


def _model_option(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--model", required=True, help="a shipped model, a run, a folder or a hub id")
    command.add_argument("--runs", metavar="DIR", help="folder of runs (default: BABELPROOF_RUNS or ./runs)")
    return command


def _example_options(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--text", required=True, help="the text, or the first of a pair (premise)")
    command.add_argument("--text-pair", help="the second text (hypothesis)")
    command.add_argument("--language", help="language of the text; detected when left out")
    command.add_argument("--language-pair", help="language of the second text; detected when left out")
    return command


def _perturb_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="perturbation, for example typo or synonym")
    command.add_argument("--severity", type=float, default=0.2, help="share of the words that are changed, 0 to 1")
    command.add_argument("--language", help="language of the text; detected when left out")
    command.add_argument("--text", required=True, help="the text")
    command.add_argument("--seed", type=int, default=1, help="seed")


def _attack_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", default="greedy_typo", help="attack, for example greedy_typo")
    command.add_argument("--budget", type=int, default=300, help="texts that the model may score, the clean one included")
    command.add_argument("--label", help="the right label; the model's own prediction is attacked when left out")
    command.add_argument("--side", choices=("text", "text_pair"), help="which text is changed (default: the second of a pair)")
    command.add_argument("--seed", type=int, default=1, help="seed")


def _attribute_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--method", default="integrated_gradients", help="integrated_gradients or input_x_gradient")
    command.add_argument("--target", help="label to explain; the prediction when left out")
    command.add_argument("--steps", type=int, default=50, help="steps of the path integral")


def _train_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="JSON file with the whole run configuration; the other options change it")
    command.add_argument("--encoder", help="encoder to start from (default: mini)")
    command.add_argument("--task", help="task (default: nli)")
    command.add_argument("--source", help="miniature, folder:PATH or hub:NAME; several joined by + train jointly")
    command.add_argument("--objective", choices=sorted(configs.OBJECTIVE_SETTINGS), help="training objective")
    command.add_argument("--seed", type=int, help="seed (default: 1)")
    command.add_argument("--limit", type=int, help="use at most this many training examples of each source")
    for field in dataclasses.fields(Stage):
        if field.name not in ("tasks", "objective"):
            kind = type(field.default)
            command.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help=f"{field.metadata['help']} (default: {field.default})")
    command.add_argument("--perturbations", help="scored besides the clean test text, as typo:0.2,synonym:0.3")
    command.add_argument("--runs", metavar="DIR", help="folder of runs (default: BABELPROOF_RUNS or ./runs)")
    command.add_argument("--run", metavar="ID", help="carry on with this run; no other option is needed")


def _evaluate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--task", default="nli", help="task")
    command.add_argument("--source", default="miniature", help="miniature, folder:PATH or hub:NAME")
    command.add_argument("--languages", default="", help="codes separated by commas (default: all that the source has)")
    command.add_argument("--perturbations", default="", help="scored besides the clean text, as typo:0.2,synonym:0.3")
    command.add_argument("--generalized", action="store_true", help="also score pairs in two different languages")
    command.add_argument("--split", default="test", choices=("test", "dev", "train"), help="split; dev where a source has no test split")
    command.add_argument("--limit", type=int, default=0, help="examples per language (0: all)")
    command.add_argument("--seed", type=int, default=1, help="seed of the perturbations")


def _runs_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=("list", "show", "diff", "export", "delete"), help="what to do")
    command.add_argument("ids", nargs="*", metavar="ID", help="one run; two for diff")
    command.add_argument("--to", metavar="FILE", help="zip file to export to")
    command.add_argument("--runs", metavar="DIR", help="folder of runs (default: BABELPROOF_RUNS or ./runs)")


def _pretrain_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="DIR", help="folder of real text (default: BABELPROOF_DATA); without one, the miniature alone")
    command.add_argument("--out", metavar="DIR", required=True, help="folder for the encoder; DIR.work beside it keeps the state")
    command.add_argument("--config", metavar="FILE", help="JSON file with settings of the pretraining")


def say(message: str) -> None:
    """A line for the person at the terminal, never part of the answer."""
    print(message, file=sys.stderr, flush=True)


def readable(answer: Any) -> str:
    """An answer for people: tables as tables, everything else as indented JSON."""
    rows = answer if isinstance(answer, list) else None
    if rows is not None and all(isinstance(r, dict) for r in rows):
        import pandas as pd

        return pd.DataFrame(rows).to_string(index=False) if rows else "(nothing)"
    return json.dumps(answer, ensure_ascii=False, indent=1, default=str)


def _root(options: argparse.Namespace) -> Path | None:
    return Path(options.runs) if options.runs else None


def _language(given: str | None, string: str, what: str) -> str:
    if given:
        return languages.get(given).code
    found = languages.detect(string)
    say(f"The {what} was detected as {languages.get(found).name} ({found}).")
    return found


def _example(options: argparse.Namespace, task: str = "nli") -> Example:
    string = text.check(options.text, "text")
    language = _language(options.language, string, "language of the text")
    pair = None if options.text_pair is None else text.check(options.text_pair, "text pair")
    language_pair = None if pair is None else _language(options.language_pair, pair, "language of the second text")
    return Example("typed", task, language, string, pair, language_pair, getattr(options, "label", None))


def _language_answer(example: Example) -> dict[str, Any]:
    return {"language": example.language, **({"language_pair": example.language_pair} if example.language_pair else {})}


def _edit(edit: Edit) -> dict[str, Any]:
    return dataclasses.asdict(edit)


def doctor(options: argparse.Namespace) -> dict[str, Any]:
    """What is installed and whether the shipped models answer."""
    from engine import catalog, models, provenance, runs

    answers: dict[str, Any] = {}
    example = Example("doctor", "nli", "en", "The teacher read the book.", "The person read the book.", "en")
    for card in catalog.list_models():
        try:
            answers[card.name] = models.load(card.name).predict([example])[0].label
        except InputError as error:
            answers[card.name] = f"not usable: {error}"
    broken = {run.id: run.message for run in runs.all_runs() if run.message and run.state == "failed"}
    return {
        "python": platform.python_version(), "packages": provenance.versions(), "device": models.device().type,
        "bfloat16": _has_bf16(), "runs": str(runs.root()), "models": answers, "broken_runs": broken,
    }


def _has_bf16() -> bool:
    from engine import models
    from engine.training.loop import has_bf16

    return has_bf16(models.device())


def list_models(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every model that is ready."""
    from engine import catalog

    return [dataclasses.asdict(card) for card in catalog.list_models(_root(options))]


def predict(options: argparse.Namespace) -> dict[str, Any]:
    """Label and probabilities of one text or pair."""
    from engine import models

    example = _example(options)
    prediction = models.load(options.model, _root(options)).predict([example])[0]
    _say_truncated(prediction.truncated)
    return {"label": prediction.label, "probabilities": prediction.probabilities, **_language_answer(example), "truncated": prediction.truncated}


def _say_truncated(tokens: int) -> None:
    if tokens:
        say(f"The text is longer than the model reads: its last {tokens} tokens were cut off.")


def perturb(options: argparse.Namespace) -> dict[str, Any]:
    """A perturbed text and its edits."""
    from engine import perturbations

    string = text.check(options.text, "text")
    language = _language(options.language, string, "language of the text")
    found = perturbations.perturb(options.name, string, language, options.severity, options.seed)
    if not found.applicable:
        say(f"Not changed: {found.reason}")
    return {
        "text": found.text, "edits": [_edit(e) for e in found.edits], "language": language,
        "applicable": found.applicable, "reason": found.reason,
    }


def attack(options: argparse.Namespace) -> dict[str, Any]:
    """The outcome of one search attack."""
    from engine import models, perturbations

    example = _example(options)
    if options.name not in perturbations.ATTACKS:
        raise InputError(did_you_mean(options.name, list(perturbations.ATTACKS), "attack"))
    model = models.load(options.model, _root(options))
    if example.label is not None and example.label not in model.labels:
        raise InputError(did_you_mean(example.label, list(model.labels), f"label of {model.name}"))
    result = perturbations.attack(model.predict, options.name, example, budget=options.budget, seed=options.seed, side=options.side)
    return {
        "outcome": result.outcome,
        "before": dataclasses.asdict(result.before),
        "after": dataclasses.asdict(result.after),
        "perturbed": getattr(result.perturbed, result.side),
        "side": result.side,
        "edits": [_edit(e) for e in result.edits],
        "num_queries": result.num_queries,
        **_language_answer(example),
    }


def attribute(options: argparse.Namespace) -> dict[str, Any]:
    """Word scores for one prediction."""
    from engine import attribution, models

    example = _example(options)
    found: Attribution = attribution.attribute(models.load(options.model, _root(options)), options.method, example, options.target, options.steps)
    _say_truncated(found.truncated)
    return {
        "words": [dataclasses.asdict(w) for w in found.words], "target": found.target, "method": found.method,
        "convergence_delta": found.convergence_delta, **_language_answer(example),
    }


def parse_perturbations(given: str) -> tuple[PerturbationSetting, ...]:
    """Perturbations from `name:severity,name:severity`. Raises InputError for an unknown name or a severity that is no number."""
    from engine import perturbations

    found = []
    for part in filter(None, (p.strip() for p in given.split(","))):
        name, _, severity = part.partition(":")
        if name not in perturbations.PERTURBATIONS:
            raise InputError(did_you_mean(name, list(perturbations.PERTURBATIONS), "perturbation"))
        try:
            found.append(PerturbationSetting(name, float(severity or 0.2)))
        except ValueError:
            raise InputError(f"The severity of {name} must be a number between 0 and 1, got {severity!r}.") from None
    return tuple(found)


def run_config(options: argparse.Namespace) -> RunConfig:
    """The run that the options of `train` describe."""
    config = configs.from_dict(_json_file(options.config)) if options.config else RunConfig()
    if options.encoder is not None:
        config = dataclasses.replace(config, encoder=options.encoder)
    if options.seed is not None:
        config = dataclasses.replace(config, seed=options.seed)
    if not config.stages:
        raise InputError("The configuration has no stages, so there is nothing to train; use evaluate, or give it a stage.")
    stage = config.stages[-1]
    changes: dict[str, Any] = {f.name: v for f in dataclasses.fields(Stage) if f.name not in ("tasks", "objective") and (v := getattr(options, f.name)) is not None}
    if options.objective:
        changes["objective"] = configs.OBJECTIVE_SETTINGS[options.objective]()
    if options.task or options.source or options.limit is not None:
        first = stage.tasks[0]
        sources = options.source.split("+") if options.source else [t.source for t in stage.tasks]
        limit = first.limit if options.limit is None else options.limit
        changes["tasks"] = tuple(TaskData(options.task or first.task, source, limit) for source in sources)
        config = dataclasses.replace(config, evaluation=dataclasses.replace(config.evaluation, tasks=(dataclasses.replace(changes["tasks"][0], limit=0),)))
    if options.perturbations:
        config = dataclasses.replace(config, evaluation=dataclasses.replace(config.evaluation, perturbations=parse_perturbations(options.perturbations)))
    return dataclasses.replace(config, stages=(*config.stages[:-1], dataclasses.replace(stage, **changes)))


def _json_file(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path} cannot be read as JSON: {error}.") from error


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train, resume, or say that the run is finished."""
    from engine import runs

    run = runs.find(options.run, _root(options)) if options.run else runs.create(_checked(run_config(options), _root(options)), _root(options))
    if run.state == "finished":
        say(f"The run {run.id} is finished already; nothing is left to do.")
        return {"run_id": run.id, "state": run.state, "resumed": False}
    if run.state == "running" and runs.process(run) is not None:
        raise InputError(f"The run {run.id} is running already; watch it in the dashboard, or cancel it first.")
    resumed = runs.resume_file(run).exists()
    say(f"{'Resuming' if resumed else 'Starting'} {run.id}.")
    return {"run_id": run.id, "state": _carry_out(run), "resumed": resumed}


def _carry_out(run: Any) -> str:
    from engine.training.loop import Cancelled
    from engine.training.recipe import execute

    try:
        return execute(run).state
    except Cancelled:
        raise Stopped from None


def _checked(config: RunConfig, root: Path | None) -> RunConfig:
    """The config, after its names were looked up, so that a wrong one fails now and leaves no run behind."""
    from engine import catalog, data

    catalog.resolve(config.encoder, root)
    for task in [t for stage in config.stages for t in stage.tasks] + list(config.evaluation.tasks):
        have = data.languages(task)
        for language in config.evaluation.languages:
            if task in config.evaluation.tasks and language not in have:
                raise InputError(did_you_mean(language, have, f"language of {task.source}"))
    return config


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Score a model and save the result as a run."""
    from engine import catalog, runs

    task = TaskData(options.task, options.source)
    wanted = tuple(dict.fromkeys(c.strip() for c in options.languages.split(",") if c.strip()))
    evaluation = Evaluation((task,), wanted, parse_perturbations(options.perturbations), options.generalized, options.split, options.limit)
    catalog.resolve(options.model, _root(options))
    run = runs.create(_checked(RunConfig(options.model, (), evaluation, options.seed), _root(options)), _root(options))
    if run.state == "finished":
        say(f"The run {run.id} is finished already; these are its scores.")
    else:
        _carry_out(run)
    return {"run_id": run.id, "scores": runs.read_scores(runs.find(run.id, _root(options))).to_dict("records")}


def _runs(options: argparse.Namespace) -> Any:
    """One of the actions on runs."""
    from engine import runs, store

    wanted = {"list": 0, "diff": 2}.get(options.action, 1)
    if len(options.ids) != wanted:
        raise InputError(f"runs {options.action} takes {wanted or 'no'} run id{'s' if wanted == 2 else ''}, got {len(options.ids)}.")
    root = _root(options)
    if options.action == "list":
        return store.catalog(root).to_dict("records")
    if options.action == "diff":
        return runs.diff(*(runs.find(i, root) for i in options.ids)).to_dict("records")
    if options.action == "export":
        if not options.to:
            raise InputError("runs export needs --to FILE, the zip file to write.")
        return {"file": str(runs.export(options.ids[0], Path(options.to), root))}
    if options.action == "delete":
        runs.delete(options.ids[0], root)
        return {"deleted": options.ids[0]}
    return _shown(runs.find(options.ids[0], root))


def _shown(run: Any) -> dict[str, Any]:
    from engine import runs

    finished = run.state == "finished"
    return {
        "run_id": run.id, "state": run.state, "message": run.message, "shipped": run.shipped, "created": run.created,
        "config": configs.to_dict(run.config) if run.config else None,
        "provenance": runs.read_provenance(run) if finished else None,
        "scores": runs.read_scores(run).to_dict("records") if finished else [],
    }


def sql(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows that a query gives."""
    from engine import store

    return store.query(options.query, _root(options)).to_dict("records")  # type: ignore[no-any-return]


def pretrain(options: argparse.Namespace) -> dict[str, Any]:
    """Pretrain an encoder."""
    import os

    from engine.pretraining.pretrain import PretrainConfig
    from engine.pretraining.pretrain import pretrain as run

    config = settings.from_dict(PretrainConfig, _json_file(options.config), "config") if options.config else PretrainConfig()
    folder = options.data or os.environ.get("BABELPROOF_DATA")
    run(config, Path(folder) if folder else None, Path(options.out))
    return {"encoder": options.out}
