"""Makes every model and sample run that ships: `python -m tests.shipping DIR`, with BABELPROOF_DATA set; takes hours and goes on where it stopped.

The first stages of the inference models are the same. These are trained once, and the state is put into each run, which goes on from it. Models are
trained, scored, and put into engine/miniature/runs, a process with one thread for each of the machine's cores, which does more than one process with
all of them; the first inference model ships before the others, which leave their lower layers with it. What ships already is left alone; to make it anew, remove its folder.
`--only NAME` makes one model, `--only NAME --scored` trains and scores it without shipping it, `--stages` trains the stages in common. `--rescore` scores
the models that ship anew on what they were scored on, whose splits or sentences have changed, and leaves them as they are (`--only NAME`: one); DIR must hold no scores of before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from engine import config as configs
from engine import data, runs
from engine.config import Evaluation, RunConfig, TaskData
from engine.data import hub
from engine.errors import InputError
from engine.lookup import looked_up
from engine.miniature import lexicon
from engine.training import card
from engine.training.recipe import execute
from engine.training.ship import ship
from tests import results

RECIPES = runs.SHIPPED.parent / "recipes"
SHARED = "shared.json"
"""In the folder of runs: those that have got the stages that they have in common."""
REAL = {"nli": "folder:xnli", "topic": "folder:sib200"}
"""Data under BABELPROOF_DATA on which a model is scored as well; their texts do not ship."""
AUTHORED = {"nli": (TaskData("nli", "everyday"),)}
"""Further authored data on which it is scored."""
PUBLISHED = {"folder:xnli": hub.KNOWN["xnli"].languages}
"""Their languages, where such a folder has others' translations besides."""


def recipe(name: str) -> RunConfig:
    """The settings of a shipped model."""
    return configs.from_dict(json.loads((RECIPES / f"{name}.json").read_text(encoding="utf-8")))


def real(config: RunConfig) -> TaskData:
    """The data on which the model of these settings is scored as well."""
    task = config.stages[-1].tasks[0].task
    return TaskData(task, REAL[task])


def share_stages(names: Sequence[str], root: Path) -> None:
    """Train the first stages of the first model, those that all have, and let the others go on from there. Raises InputError where one has other stages, or another seed, from its first on."""
    of_all = {name: recipe(name) for name in names}
    first, *others = (runs.create(config, root) for config in of_all.values())
    own, seed = of_all[names[0]].stages[:-1], of_all[names[0]].seed
    for name, config in of_all.items():
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(own, config.stages[:-1], strict=False)) if config.seed == seed else ()
        own = tuple(stage for stage, _ in alike)
        if not own:
            raise InputError(f"The recipe {name} differs from {names[0]} in its first stage or its seed, so they cannot share any; make them equal.")
    done = root / SHARED
    if done.exists():
        return
    execute(first, len(own))
    for other in others:
        for file in (runs.resume_file(first), first.path / "progress.jsonl"):
            shutil.copyfile(file, other.path / file.name)
    done.write_text(json.dumps([first.id, *(other.id for other in others)]), encoding="utf-8")


def score(name: str) -> None:
    """Train and score one model, for `make` to ship, unless it ships already."""
    if not _ships(name):
        execute(runs.create(recipe(name)))


def make(name: str) -> None:
    """Train, score and ship one model, score it on real data, and write its card."""
    config = recipe(name)
    first = results.MODELS["nli"][0]
    _ship(name, config, first if name in results.MODELS["nli"] and name != first else "mini")
    if name in results.MODELS["nli"] + results.MODELS["topic"]:
        task = real(config)
        among = set(data.languages(task)) & set(PUBLISHED.get(task.source, lexicon.languages()))
        spoken = tuple(code for code in ("en", *(c for c in lexicon.languages() if c != "en")) if code in among)
        _ship(f"{name}-{task.source.removeprefix('folder:')}", RunConfig(name, (), Evaluation((task,), spoken, split="dev"), config.seed), without_text=True)
        for authored in AUTHORED.get(task.task, ()):
            _ship(f"{name}-{authored.source}", RunConfig(name, (), Evaluation((authored,)), config.seed))
    card.write(runs.find(name, runs.SHIPPED))


def rescore(name: str) -> None:
    """Score a model that ships anew on what its run was scored on; its weights and the record of its training stay.

    Its provenance has the new fingerprints of what it is scored on, and still that of what it was trained on. Raises InputError where it was scored here before.
    """
    shipped = runs.find(name, runs.SHIPPED)
    assert shipped.config is not None
    run = runs.create(RunConfig(name, (), shipped.config.evaluation, shipped.config.seed))
    if run.state == "finished":
        raise InputError(f"{run.path} holds scores of {name} already, maybe of other data; remove it, or give another folder.")
    run = execute(run)
    trained, scored = runs.read_provenance(shipped), runs.read_provenance(run)
    beside = shutil.copytree(shipped.path, run.path / "shipped", ignore=shutil.ignore_patterns("manifest.json"))  # a finished run does not change
    made = trained | {"data": trained["data"] | scored["data"], "scored": scored["commit"]}
    runs.finish(replace(shipped, path=beside), runs.read_predictions(run), runs.read_scores(run), made)
    shutil.rmtree(shipped.path)
    shutil.move(beside, shipped.path)
    card.write(runs.find(name, runs.SHIPPED))
    print(f"{name} is scored anew.", file=sys.stderr, flush=True)


def _ship(name: str, config: RunConfig, share: str = "", without_text: bool = False) -> None:
    """Carry a run out and put it among those that ship."""
    if _ships(name):
        return
    shutil.rmtree(runs.SHIPPED / name, ignore_errors=True)
    run = execute(runs.create(config))
    ship(run.id, name, without_text=without_text, share=share)
    print(f"{name} ships.", file=sys.stderr, flush=True)


def _ships(name: str) -> bool:
    return (runs.SHIPPED / name).exists() and runs.find(name, runs.SHIPPED).state == "finished"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, metavar="DIR", help="folder for the runs")
    parser.add_argument("--only", choices=sorted(file.stem for file in RECIPES.glob("*.json")), help="one model, after the stages that it shares were trained")
    parser.add_argument("--scored", action="store_true", help="with --only: train and score it, without shipping it")
    parser.add_argument("--rescore", action="store_true", help="score what ships anew, without training")
    parser.add_argument("--stages", action="store_true", help="nothing but the stages that models share")
    options = parser.parse_args()
    options.runs.mkdir(parents=True, exist_ok=True)
    os.environ["BABELPROOF_RUNS"] = str(options.runs.resolve())
    try:
        if options.stages:
            share_stages(results.MODELS["nli"], options.runs)
        elif options.rescore and options.only:
            rescore(options.only)
        elif options.rescore:
            rescore_all(options.runs)
        elif options.only and options.scored:
            score(options.only)
        elif options.only:
            make(options.only)
        else:
            make_all(options.runs)
    except InputError as error:
        parser.error(str(error))


def make_all(root: Path) -> None:
    """Make everything, a process for each core. Raises InputError where data are missing, before hours are spent; exits with the names of models that failed."""
    first, *others = results.MODELS["nli"]
    topics = [name for names in results.SEEDS.values() for name in names]
    for config in map(recipe, [first, *others, *topics]):
        looked_up(config)
        data.languages(real(config))

    def apart(*options: str) -> int:
        return _apart(root, *options)

    # A task waits for earlier ones alone, so that one core is enough to come to the end.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        there = all(_ships(name) for name in (first, *others))
        stages = pool.submit(lambda: 0 if there else apart("--stages"))
        made = {name: pool.submit(apart, "--only", name) for name in topics}
        made[first] = shipped = pool.submit(lambda: stages.result() or apart("--only", first))

        def after_the_first(name: str) -> int:
            return stages.result() or apart("--only", name, "--scored") or shipped.result() or apart("--only", name)

        made |= {name: pool.submit(after_the_first, name) for name in others}
    _all_made({name: task.result() for name, task in made.items()})


def rescore_all(root: Path) -> None:
    """Score every model anew, a process for each core."""
    names = [*results.MODELS["nli"], *(name for names in results.SEEDS.values() for name in names)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        _all_made(dict(zip(names, pool.map(lambda name: _apart(root, "--only", name, "--rescore"), names), strict=True)))


def _apart(root: Path, *options: str) -> int:
    """This command in a process with one thread; how it exits."""
    one = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.run([sys.executable, "-m", "tests.shipping", str(root), *options], env=one, check=False).returncode


def _all_made(codes: Mapping[str, int]) -> None:
    if failed := [name for name, code in codes.items() if code]:
        sys.exit(f"Not made: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
