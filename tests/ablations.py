"""What each ingredient of pretraining brings, at equal length: `python -m tests.ablations --data PATH --teacher DIR --out DIR`.

Every variant leaves one thing out and is trained for as many steps as the whole; an objective that is left out gives its steps to the others in
their proportions. The whole is the recipe of `mini`'s first stretch, but for as many verses as the later ones read. All begin alike but the one
without the teacher's weights. The last is the whole again with other batches: how much chance alone moves. Each is measured before fine-tuning
(engine.pretraining.measures), and fine-tuned in English: on inference, scored on the miniature and on XNLI, and on SIB-200's topics. What is done in
the folder DIR is not done again, so a call goes on where the last one stopped; once the whole is made, calls with other variants under `--only` may
run side by side. `--encoders tiny mini small` measures and fine-tunes these in place of variants. `--markdown` writes the table into docs/encoders.md.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from engine import catalog, runs, settings, store
from engine.config import Evaluation, RunConfig, Stage, TaskData
from engine.data import hub
from engine.errors import InputError
from engine.miniature import lexicon
from engine.pretraining import measures
from engine.pretraining.config import SIZES, PretrainConfig
from engine.pretraining.pretrain import CURVE, pretrain
from engine.training.recipe import execute
from tests.encoders_page import MEASURES, PAGE, put

OBJECTIVES = ("detection", "ranking", "alignment", "distillation")
Row = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """An encoder that differs in one thing from the whole."""

    name: str
    config: PretrainConfig
    same_start: bool = True


def variants(whole: PretrainConfig) -> list[Variant]:
    """The whole, everything that is left out of it in turn, and the whole with another seed, against which the differences are read."""
    masked = 1 - sum(getattr(whole, kind) for kind in OBJECTIVES)
    return [
        Variant("all", whole),
        Variant("no teacher's weights (SVD)", replace(whole, inherited=False), same_start=False),
        *(Variant(f"no {kind}", without(whole, kind)) for kind in OBJECTIVES),
        Variant("no masked LM", replace(whole, **{kind: getattr(whole, kind) / (1 - masked) for kind in OBJECTIVES})),
        Variant("no dictionaries", replace(whole, entries=0)),
        Variant("no Bible", replace(whole, verses=0)),
        Variant("all, another seed", replace(whole, seed=whole.seed + 1)),
    ]


def without(whole: PretrainConfig, kind: str) -> PretrainConfig:
    """Its share goes to the other objectives, masked LM among them."""
    rest = 1 - getattr(whole, kind)
    return replace(whole, **{other: 0.0 if other == kind else getattr(whole, other) / rest for other in OBJECTIVES})


def trained(variant: Variant, first: Path, folder: Path, data: Path, teacher: Path) -> None:
    """Pretrain a variant that is not there yet, from the tokenizer and the start of the first."""
    if (folder / CURVE).exists():
        return
    work = folder.with_name(folder.name + ".work")
    if variant.same_start and first != folder and not work.exists():
        shutil.copytree(first.with_name(first.name + ".work"), work, ignore=shutil.ignore_patterns("state.pt*", "settings.json"))
    shared = None if variant.same_start else first
    pretrain(variant.config, data, folder, shared, None, teacher if variant.config.distillation or variant.config.inherited else None)


def finetunings(encoder: str, data: Path) -> dict[str, RunConfig]:
    """Inference, half authored and half real, and topics of SIB-200, each with an encoder of which much is frozen, scored in all languages."""
    topics = TaskData("topic", f"folder:{data / 'sib200'}")
    pairs = TaskData("nli", limit=10_000), TaskData("nli", f"folder:{data / 'nli_en'}", 10_000)
    inference = Stage(pairs, epochs=1, max_length=96, frozen="lower half")
    heads = Stage((topics,), epochs=20, learning_rate=2e-3, frozen="encoder")
    return {
        "inference": RunConfig(encoder, (inference,), Evaluation((TaskData("nli"),))),
        "topics": RunConfig(encoder, (heads,), Evaluation((topics,), tuple(lexicon.languages()), split="dev")),
    }


def row(encoder: str, data: Path, root: Path) -> Row:
    """Everything measured on an encoder, in points."""
    *_, means = measures.measure(encoder, data)
    found: Row = {title: 100 * means[key] for key, title in MEASURES.items()}
    for name, config in finetunings(encoder, data).items():
        run = execute(runs.create(config, root))
        found |= _accuracy(name, run, root)
        if name == "inference":
            xnli = Evaluation((TaskData("nli", f"folder:{data / 'xnli'}"),), hub.KNOWN["xnli"].languages, split="dev", limit=500)
            found |= _accuracy("XNLI", execute(runs.create(RunConfig(str(runs.checkpoint(run)), (), xnli), root)), root)
    return found


def _accuracy(name: str, run: runs.Run, root: Path) -> Row:
    """In English, and the mean of the other languages."""
    scores = store.scores([run.id], root).query("metric == 'accuracy'")
    english = scores["language"] == "en"
    return {f"{name}, en": float(100 * scores[english]["value"].mean()), f"{name}, others": float(100 * scores[~english]["value"].mean())}


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    frame = pd.DataFrame(rows)
    head = "| " + " | ".join(frame.columns) + " |\n|" + "---|" * len(frame.columns)
    return "\n".join([head, *("| " + " | ".join(f"{v:.1f}" if isinstance(v, float) else str(v) for v in line) + " |" for line in frame.itertuples(index=False))])


def kept(file: Path, made: Callable[[], Row]) -> Row:
    """A row from its file, or made and put there."""
    if not file.exists():
        file.write_text(json.dumps(made()), encoding="utf-8")
    found: Row = json.loads(file.read_text(encoding="utf-8"))
    print(table([found]), file=sys.stderr, flush=True)
    return found


def measured(whole: PretrainConfig, data: Path, teacher: Path, out: Path, only: Sequence[str] = ()) -> list[Row]:
    """The rows of these variants, or of all, from what is in the folder already where it is."""
    every = variants(whole)
    if unknown := set(only) - {v.name for v in every}:
        raise InputError(f"There is no variant {sorted(unknown)[0]}; the variants are {', '.join(v.name for v in every)}.")
    rows = []
    for number, variant in enumerate(every):
        if only and variant.name not in only and number:
            continue

        def made(variant: Variant = variant, folder: Path = out / str(number)) -> Row:
            trained(variant, out / "0", folder, data, teacher)
            return {"variant": variant.name} | row(str(folder), data, out / "runs")

        rows.append(kept(out / f"{number}.json", made))
    return rows


def of_encoders(names: Sequence[str], data: Path, out: Path) -> list[Row]:
    """The rows of encoders by name."""
    for name in names:
        catalog.resolve(name)  # a name that is misspelt is refused before minutes are spent on the others
    return [kept(out / f"{re.sub(r'[^A-Za-z0-9]+', '-', name)}.json", lambda name=name: {"encoder": name} | row(name, data, out / "runs")) for name in names]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real text, as for pretrain")
    parser.add_argument("--teacher", type=Path, help="folder of the teacher")
    parser.add_argument("--out", type=Path, required=True, help="folder for encoders and runs")
    parser.add_argument("--steps", type=int, default=500, help="steps of every variant (default: 500)")
    parser.add_argument("--only", action="append", default=[], metavar="VARIANT", help="this variant beside the whole; may be given several times")
    parser.add_argument("--encoders", nargs="+", default=[], metavar="ENCODER", help="these encoders in place of variants")
    parser.add_argument("--markdown", action="store_true", help="write the table into docs/encoders.md as well")
    options = parser.parse_args()
    if not options.encoders and options.teacher is None:
        parser.error("The variants need --teacher.")
    recipe = json.loads((catalog.ENCODERS["mini"] / "recipe.json").read_text(encoding="utf-8"))
    short = {"steps": options.steps, "warmup": min(recipe["warmup"], max(1, options.steps // 5)), "verse_share": PretrainConfig.verse_share}
    whole = settings.from_dict(PretrainConfig, settings.to_dict(SIZES["mini"]) | recipe | short, "recipe")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        if options.encoders:
            text = table(of_encoders(options.encoders, options.data, options.out))
        else:
            text = table(measured(whole, options.data, options.teacher, options.out, options.only))
    except InputError as error:
        parser.error(str(error))
    print(text)
    if options.markdown:
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "sizes" if options.encoders else "ablations", text), encoding="utf-8")


if __name__ == "__main__":
    main()
