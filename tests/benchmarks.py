"""Ratios against what a user would do otherwise: `python -m tests.benchmarks` prints them, docs/benchmarks.md explains them.

`--only NAME` measures one group, `--repeats N` sets how often, `--markdown` also writes the table into docs/benchmarks.md.
Both sides of a ratio run in this process, in turns, on the same model and the same texts.
"""

import argparse
import copy
import math
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import transformers
from captum.attr import LayerIntegratedGradients
from transformers import pipeline

from engine import attribution, data, models, perturbations, runs, store
from engine.config import OBJECTIVE_SETTINGS, RunConfig, Stage, TaskData, with_seed
from engine.data import miniature
from engine.models import Model
from engine.results import AttackResult, Example, Prediction
from engine.training import loop
from tests.interleaved import Comparison, Row, load, measure, table

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BLOCK = re.compile(r"(<!-- table -->\n).*?(<!-- end -->)", re.DOTALL)
LANGUAGES = ("en", "ar", "de", "ru", "sw", "zh")
STEPS = 50


@dataclass(frozen=True)
class Setting:
    """What is measured on: a model, a folder for run folders, and how much work there is."""

    model: Model
    folder: Path
    pairs: int = 40
    """Test pairs per language."""
    sentences: int = 2
    """Attributed or attacked pairs per language."""
    kept: int = 300
    """Runs in the larger of the two folders of runs."""


def pairs(setting: Setting) -> list[Example]:
    """Test pairs of every language in turn, their first texts one to six sentences long."""
    found = []
    for language in LANGUAGES:
        examples = data.examples(TaskData(), language, "test")
        for i in range(setting.pairs):
            text = " ".join(e.text for e in examples[i : i + 1 + i % 6])
            found.append(replace(examples[i], text=text))
    return [found[i + j] for i in range(setting.pairs) for j in range(0, len(found), setting.pairs)]


# ---- Loading


def loading(setting: Setting) -> list[Comparison]:
    """From a name on the disk to the first answer, imports and file cache warm; the peer reads a folder that holds all of the model."""
    whole, first = setting.folder / "whole", pairs(setting)[:1]
    setting.model.network.save_pretrained(whole)
    setting.model.tokenizer.save_pretrained(whole)

    def ours() -> list[dict[str, float]]:
        return [p.probabilities for p in models.load(setting.model.name, setting.folder).predict(first)]

    def piped() -> list[dict[str, float]]:
        pipe = pipeline("text-classification", model=str(whole), device=setting.model.device, top_k=None)
        answers = pipe([{"text": e.text, "text_pair": e.text_pair} for e in first])
        return [{str(row["label"]).lower(): row["score"] for row in answer} for answer in answers]

    what = "load a model, answer a pair"
    return [Comparison(what, "transformers `pipeline` from a folder", "first answers", ours, piped, len, same_probabilities)]


# ---- Predicting


def predicting(setting: Setting) -> list[Comparison]:
    """Predictions for many pairs against two ways that tutorials show."""
    model, examples = setting.model, pairs(setting)
    pipe = pipeline("text-classification", model=model.network, tokenizer=model.tokenizer, device=model.device, top_k=None)
    inputs = [{"text": e.text, "text_pair": e.text_pair} for e in examples]

    def piped() -> list[dict[str, float]]:
        answers = pipe(inputs, batch_size=32, truncation=True, max_length=model.max_length)
        return [{str(row["label"]).lower(): row["score"] for row in answer} for answer in answers]

    def ours() -> list[dict[str, float]]:
        return [p.probabilities for p in model.predict(examples)]

    def to_maximum() -> list[dict[str, float]]:
        return [p.probabilities for p in padded(model, examples, 32)]

    what, longest = f"predict {len(examples)} pairs", f"batches of 32 padded to the model's maximum ({model.max_length} tokens)"
    return [
        Comparison(what, "transformers `pipeline(batch_size=32)`", "pairs", ours, piped, len, same_probabilities),
        Comparison(what, longest, "pairs", ours, to_maximum, len, same_probabilities),
    ]


def padded(model: Model, examples: Sequence[Example], batch_size: int) -> list[Prediction]:
    """Predictions as TextAttack's `HuggingFaceModelWrapper` makes them: in the order given, padded to the longest possible input."""
    found = []
    for start in range(0, len(examples), batch_size):
        some = examples[start : start + batch_size]
        texts, second = [e.text for e in some], [e.text_pair for e in some]
        options = {"truncation": True, "max_length": model.max_length, "padding": "max_length", "return_tensors": "pt"}
        batch = model.tokenizer(texts, second, **options)
        with model.locked() as network, torch.no_grad():
            rows = network(**batch.to(model.device)).logits.softmax(-1).tolist()
        named = [dict(zip(model.labels, row, strict=True)) for row in rows]
        found += [Prediction(max(row, key=row.__getitem__), row, 0) for row in named]
    return found


def same_probabilities(ours: list[dict[str, float]], other: list[dict[str, float]]) -> None:
    """Both name the same labels with the same probabilities."""
    for a, b in zip(ours, other, strict=True):
        assert a.keys() == b.keys()
        assert all(abs(a[label] - b[label]) < 1e-4 for label in a), (a, b)


# ---- Attributing


def attributing(setting: Setting) -> list[Comparison]:
    """Scores of words against Captum's own class for embedding layers, a sentence at a time, which scores sub-words."""
    model, examples = setting.model, pairs(replace(setting, pairs=setting.sentences))
    targets = [p.label for p in model.predict(examples)]
    network = model.network.eval()

    def forward(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return network(input_ids=ids, attention_mask=mask).logits

    layers = LayerIntegratedGradients(forward, network.get_input_embeddings())

    def captum() -> list[tuple[list[float], float]]:
        found = []
        for example, target in zip(examples, targets, strict=True):
            batch = model.encode([example])
            ids = batch["input_ids"]
            special = torch.isin(ids, torch.tensor(model.tokenizer.all_special_ids, device=ids.device))
            baseline = torch.where(special, ids, model.tokenizer.mask_token_id)
            scores, delta = layers.attribute(
                ids, baselines=baseline, additional_forward_args=(batch["attention_mask"],), target=model.labels.index(target),
                n_steps=STEPS, return_convergence_delta=True,
            )  # fmt: skip
            found.append((scores.sum(-1)[0].tolist(), float(delta)))
        return found

    def ours() -> list[attribution.Attribution]:
        both = zip(examples, targets, strict=True)
        return [attribution.attribute(model, "integrated_gradients", example, target, STEPS, math.inf) for example, target in both]

    def same(words: list[attribution.Attribution], tokens: list[tuple[list[float], float]]) -> None:
        for example, found, (scores, delta) in zip(examples, words, tokens, strict=True):
            options = {"truncation": True, "max_length": model.max_length, "return_offsets_mapping": True}
            expected = attribution._words(example, model.tokenizer(example.text, example.text_pair, **options), scores)
            assert abs(found.convergence_delta - delta) < 1e-3
            assert all(abs(a.score - b.score) < 1e-3 for a, b in zip(found.words, expected, strict=True)), (found, expected)

    peer = f"Captum `LayerIntegratedGradients`, n_steps={STEPS}"
    return [Comparison(f"attribute {len(examples)} pairs", peer, "pairs", ours, captum, len, same)]


# ---- Training


def training(setting: Setting) -> list[Comparison]:
    """What a step of each objective costs, with its default settings, compared with a step of standard training."""
    examples = [e for e in data.examples(TaskData(), "en", "train", 64) if e.label is not None]
    standard = steps(setting.model, "standard", examples)
    others = {name: steps(setting.model, name, examples) for name in OBJECTIVE_SETTINGS if name != "standard"}
    return [Comparison(f"training step, {name}", "a standard step", "steps", ours, standard, float, cost=True) for name, ours in others.items()]


def steps(model: Model, objective: str, examples: Sequence[Example]) -> Callable[[], int]:
    """Two training steps of 32 examples each, on a copy of the model that goes on learning. Answers with the number of steps."""
    stage = Stage(objective=OBJECTIVE_SETTINGS[objective]())
    mine = replace(model, network=copy.deepcopy(model.network).requires_grad_(True))
    optimizer = loop._optimizer(mine.network, stage)
    batches = [list(examples[i : i + stage.batch_size]) for i in range(0, len(examples), stage.batch_size)]

    def run() -> int:
        for step, batch in enumerate(batches):
            loop._step(mine, stage, batch, {}, step, 0, 1, optimizer, 1_000)
        return len(batches)

    return run


# ---- Comparing runs


def comparing(setting: Setting) -> list[Comparison]:
    """Whether a comparison of three runs gets slower the more runs are kept, and what listing them costs."""
    few, many = kept_runs(setting.folder / "few", 3), kept_runs(setting.folder / "many", setting.kept)
    chosen = [run.id for run in few]

    def compared(root: Path) -> Callable[[], list]:
        return lambda: [store.scores(chosen, root), store.predictions(chosen, "sw", "clean", root)]

    def listed(root: Path) -> Callable[[], list]:
        return lambda: [store.catalog(root)]

    def same(a: list, b: list) -> None:
        assert all(not x.empty and x.equals(y) for x, y in zip(a, b, strict=True))

    def call(answer: list) -> int:
        return 1

    small, large, number = few[0].path.parent, many[0].path.parent, len(many)
    return [
        Comparison(f"compare 3 of {number} runs", "the same 3, no others kept", "calls", compared(large), compared(small), call, same, cost=True),
        Comparison(f"list {number} runs", "list 3 runs", "calls", listed(large), listed(small), call, cost=True),
    ]


def kept_runs(root: Path, count: int) -> list[runs.Run]:
    """So many finished runs with the tables of mini-standard, different only in their seed."""
    sample = runs.find("mini-standard", root)
    assert sample.config is not None
    predictions, scores = runs.read_predictions(sample), runs.read_scores(sample)
    predictions = predictions[predictions["language"].isin(["en", "sw"]) & (predictions["perturbation"] == "clean")]
    config: RunConfig = sample.config
    return [runs.finish(runs.create(with_seed(config, 100 + i), root), predictions, scores, {}) for i in range(count)]


# ---- Attacking


def attacking(setting: Setting) -> list[Comparison]:
    """The same greedy search for typos, asking our model or one behind a padding wrapper."""
    model = setting.model
    examples = [e for language in LANGUAGES for e in miniature.worked_examples("nli", language)[: setting.sentences]]

    def searched(predict: Callable[[Sequence[Example]], list[Prediction]]) -> Callable[[], list[AttackResult]]:
        return lambda: [perturbations.attack(predict, "greedy_typo", replace(e, label=None), budget=60) for e in examples]

    def queries(results: list[AttackResult]) -> float:
        return sum(result.num_queries for result in results)

    def same(ours: list[AttackResult], other: list[AttackResult]) -> None:
        # Two candidates that are equally good to the last digit may be chosen the other way round.
        ends = [[(r.outcome, r.num_queries, r.perturbed.text_pair) for r in results] for results in (ours, other)]
        equal = sum(a == b for a, b in zip(*ends, strict=True))
        assert equal >= 0.8 * len(ours), f"only {equal} of {len(ours)} attacks ended alike"

    what, ours = f"greedy typo attack on {len(examples)} pairs", searched(model.predict)
    wrapper = "TextAttack's wrapper idiom (padded to the maximum)"
    return [
        Comparison(what, f"{wrapper}, in batches", "queries", ours, searched(lambda some: padded(model, some, 32)), queries, same),
        Comparison(what, f"{wrapper}, a text at a time", "queries", ours, searched(lambda some: padded(model, some, 1)), queries, same),
    ]


GROUPS: dict[str, Callable[[Setting], list[Comparison]]] = {
    "loading": loading, "predicting": predicting, "attributing": attributing, "training": training, "comparing": comparing, "attacking": attacking,
}  # fmt: skip


def conditions(repeats: int, before: float) -> str:
    """Under what conditions the table came about, in a sentence."""
    cores, threads = os.cpu_count(), torch.get_num_threads()
    busy = f"load average {before:.1f} before and {load():.1f} after the run"
    return f"{cores} cores, {threads} threads, {busy}; {repeats} repeats; torch {torch.__version__}, transformers {transformers.__version__}."


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=GROUPS, help="measure this group alone")
    parser.add_argument("--repeats", type=int, default=7, help="pairs of calls per ratio")
    parser.add_argument("--markdown", action="store_true", help="write the table into docs/benchmarks.md as well; not with --only")
    options = parser.parse_args()
    if options.repeats < 1 or (options.markdown and options.only):
        parser.error("--repeats must be at least 1, and --markdown needs all groups.")
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(models.load("mini-standard", Path(folder)), Path(folder))
        rows = measured(setting, [options.only] if options.only else list(GROUPS), options.repeats)
    text = "\n".join([*table(rows), "", conditions(options.repeats, before)]) + "\n"
    print(text)
    if options.markdown:
        PAGE.write_text(BLOCK.sub(lambda found: found[1] + text + found[2], PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def measured(setting: Setting, groups: Sequence[str], repeats: int) -> list[Row]:
    """The rows of these groups, in order."""
    return [measure(comparison, repeats) for group in groups for comparison in GROUPS[group](setting)]


if __name__ == "__main__":
    main()
