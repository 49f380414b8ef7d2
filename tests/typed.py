"""How the shipped models answer what people type: `python -m tests.typed`, or `--write` to put the table into docs/encoders.md.

`typed/` holds twelve pairs and seven single sentences in each of twenty languages, parallel, written without regard to the miniature's words
and frames, before there were everyday pairs. They are few: enough to see whether an answer makes sense in a language at all, not to rank models by
(the test split of the everyday pairs is, see tests/results.py).
"""

import sys
from pathlib import Path

from engine import data, models
from engine.config import Evaluation, TaskData
from engine.evaluation.evaluate import evaluate
from engine.evaluation.metrics import scores, standard
from tests import encoders_page, results

TYPED = Path(__file__).with_name("typed")
TASKS = {"nli": "pairs", "topic": "topics"}


def answered(task: str, model: str) -> dict[str, float]:
    """Share of right answers by language."""
    typed = TaskData(task, f"folder:{TYPED / task}")
    found = standard(scores(evaluate(models.load(model), Evaluation((typed,), tuple(data.languages(typed))), seed=1)))
    return dict(zip(found["language"], found["value"], strict=True))


def table() -> str:
    """A row per model: English, the mean of the other languages, and the lowest of them."""
    rows = [["model", "typed", "en", "mean of the others", "lowest"]]
    for task, names in results.MODELS.items():
        for model in names:
            by_language = answered(task, model)
            english = by_language.pop("en")
            lowest = min(by_language.values())
            where = ", ".join(code for code, value in sorted(by_language.items()) if value == lowest)
            mean = sum(by_language.values()) / len(by_language)
            rows.append([f"`{model}`", TASKS[task], results.percent(english), results.percent(mean), f"{results.percent(lowest)} ({where})"])
    return results.table(rows)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        encoders_page.PAGE.write_text(encoders_page.put(encoders_page.PAGE.read_text(encoding="utf-8"), "typed", table()), encoding="utf-8")
    else:
        print(table())
