"""The tables of docs/miniature.md, written from the benchmark itself.

`python -m tests.miniature_tables` rewrites the part of the page between each `<!-- table: NAME -->` and `<!-- end -->`; everything else
is written by hand. tests/test_docs.py fails when the page is behind the benchmark.
"""

import re
from collections import Counter
from pathlib import Path

from engine import languages, tasks
from engine.miniature import lexicon, splits
from engine.miniature.meanings import concepts
from engine.perturbations.exchange import exchangeable
from tests import artifacts

PAGE = Path(__file__).parents[1] / "docs" / "miniature.md"
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def concept_classes() -> str:
    """How many concepts each class has, and how many of each domain."""
    kinds, domains = (Counter(getattr(c, name) or "general" for c in concepts().values()) for name in ("kind", "domain"))
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return f"{len(concepts())} concepts: {counted}. By domain: {', '.join(f'{count} {domain}' for domain, count in domains.most_common())}.\n"


def spoken() -> str:
    """One row per language."""
    rows = ["| code | language | script | concepts with synonyms | exchangeable words and phrases | frames beside the plain one |", "|---|---|---|---|---|---|"]
    for code in lexicon.languages():
        entries = lexicon.load(code).values()
        known, frames = languages.get(code), ", ".join(lexicon.grammar(code).FRAMES[1:])
        phrases = sum(bool(others) for others in exchangeable(code).values())
        rows.append(f"| {code} | {known.name} | {known.script} | {sum(len(e) > 1 for e in entries)} | {phrases:,} | {frames} |")
    return "\n".join(rows) + "\n"


def sizes() -> str:
    """One row per task, with items by split."""
    rows = ["| task | published sister | train (English) | dev (all) | test (all) |", "|---|---|---|---|---|"]
    for task, of in splits.fingerprints().items():
        counts = [f"{len(splits.read(task, split)):,}" if split in of else "–" for split in ("train", "dev", "test")]
        rows.append(f"| `{task}` | {tasks.get(task).sister} | {' | '.join(counts)} |")
    return "\n".join(rows) + "\n"


def surface() -> str:
    """One row per set of surface features."""
    dev, test = artifacts.shipped().values()
    rows = [f"| {name} | {dev[name]:.1%} | {test[name]:.1%} | {features.__doc__.strip().rstrip('.')} |" for name, features in artifacts.FEATURES.items()]
    return "\n".join(["| features | development | test | what they are |", "|---|---|---|---|", *rows]) + "\n"


TABLES = {"classes": concept_classes, "languages": spoken, "sizes": sizes, "surface": surface}


def written(page: str) -> str:
    """The page with every block as the benchmark is now."""
    return BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
