"""Writes the tree of README.md from the first sentence of every file: `python -m tests.readme_tree`."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("pages", "dashboard", "engine", "tests")
WIDTH = 100
OTHERS = {
    "engine/miniature/MODEL_CARD.md": "what the weights were trained on, and their limits",
    "engine/miniature/concepts.tsv": "the concepts, their hypernyms and rivals",
    "docs/architecture.md": "what each part knows, and where the house plan was changed",
    "docs/benchmarks.md": "speed, as ratios against named peers",
    "docs/cli.md": "every command with its options",
    "docs/encoders.md": "how the encoder was pretrained, and what it knows",
    "docs/evaluation.md": "metrics, tests, run folders, SQL tables",
    "docs/miniature.md": "the benchmark: scenes, labels, splits, limits",
    "docs/perturbations.md": "every perturbation and attack",
    "docs/results.md": "figures of the shipped models",
    "docs/LOG.md": "dated findings, failures too",
    ".ci/run": "what CI runs: make test",
    ".streamlit/config.toml": "theme and server settings, each with its reason",
    "tests/typed": "sentences such as people type, in twenty languages",
    "pyproject.toml": "linter, type checker and test settings",
    "requirements.txt": "pinned packages",
    "tests/requirements.txt": "pinned packages of the tests",
}


def described(path: Path) -> str:
    """The first sentence of a module's docstring, cut at a comma or colon where it is long."""
    first = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    first = re.split(r"(?<=[a-z)`*])\. |: `python", first)[0].rstrip(".")
    while len(first) > WIDTH:
        shorter = re.sub(r"[,;:][^,;:]*$", "", first)
        if shorter == first:
            break
        first = shorter
    return first


def tree() -> str:
    """One line per file: path, two or more spaces, what it is."""
    lines = {p.relative_to(ROOT).as_posix(): described(p) for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")} | OTHERS
    order = [*FOLDERS, "docs"]
    ranked = sorted(lines, key=lambda k: (order.index(k.split("/")[0]) if k.split("/")[0] in order else len(order), k))
    width = max(map(len, lines)) + 2
    return "\n".join(f"{name:<{width}}{lines[name]}" for name in ranked)


def main() -> None:
    """Replace the code block below the heading "The tree"."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    start = text.index("```\n", text.index("## The tree")) + 4
    readme.write_text(text[:start] + tree() + "\n" + text[text.index("```", start) :], encoding="utf-8")


if __name__ == "__main__":
    main()
