"""Documentation is tested: every name that a user can give has its paragraph, every file its line, every option its row."""

import re
import shlex
from pathlib import Path

import pytest

from engine import perturbations
from engine.attribution import METHODS
from engine.config import OBJECTIVE_SETTINGS
from engine.data import SOURCES
from engine.miniature import lexicon, pairs, realisation, splits
from engine.tasks import TASKS
from engine.training.objectives import OBJECTIVES
from tests import artifacts, cli_reference

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
DICTIONARIES = {
    "OBJECTIVES": OBJECTIVES, "PERTURBATIONS": perturbations.PERTURBATIONS, "ATTACKS": perturbations.ATTACKS,
    "METHODS": METHODS, "TASKS": TASKS, "SOURCES": SOURCES,
}  # fmt: skip


def has_paragraph(name: str, page: str) -> bool:
    """Whether a heading holds the name in backticks, or a paragraph opens with it in bold; and text follows."""
    heading = re.search(rf"^#+ [^\n]*`{re.escape(name)}`[^\n]*\n+(?!#)[^\n|]{{40,}}", page, re.MULTILINE)
    bold = re.search(rf"^(?:[*-] )?\*\*`{re.escape(name)}`[^\n]*?\*\*[^\n]{{40,}}", page, re.MULTILINE)
    return bool(heading or bold)


def test_a_name_in_passing_is_no_paragraph():
    words = "It changes every word of the text into another one of its kind."
    assert has_paragraph("typo", f"## `typo`\n\n{words}\n")
    assert has_paragraph("typo", f"**`typo`.** {words}\n")
    assert not has_paragraph("typo", f"See `typo`. {words}\n")
    assert not has_paragraph("typo", f"## `typo`\n\n## `swap`\n\n{words}\n")
    assert not has_paragraph("typo", "**`typo`**\n")


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in DICTIONARIES.items() for name in names])
def test_every_name_has_its_paragraph(kind, name):
    assert any(has_paragraph(name, page) for page in DOCS.values()), f"{name} of {kind} is not explained in docs/"


def test_settings_and_objectives_have_the_same_names():
    assert set(OBJECTIVES) == set(OBJECTIVE_SETTINGS)


def test_the_readme_tree_lists_every_file():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = [re.fullmatch(r"([\w./-]+\.\w+) {2,}(\S.+)", line) for block in blocks for line in block.splitlines()]
    listed = [line[1] for line in lines if line]
    files = {p.relative_to(ROOT).as_posix() for folder in ("dashboard", "engine", "pages", "tests") for p in (ROOT / folder).rglob("*.py")}
    assert sorted(files - set(listed)) == [], "without a line in the README's tree"
    assert [path for path in listed if not (ROOT / path).exists()] == [], "in the README's tree, but gone"
    assert len(listed) == len(set(listed))


def test_every_page_that_a_link_names_exists():
    broken = []
    for name, page in DOCS.items():
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page):
            if not (ROOT / "docs" / target).exists():
                broken.append(f"{name}: {target}")
    assert broken == []


# ---- docs/cli.md


def test_the_command_page_is_what_the_parser_has():
    page = DOCS["cli.md"]
    assert set(re.findall(r"<!-- options: (\w+) -->", page)) == set(cli_reference.commands())
    assert page == cli_reference.written(page), "run: python -m tests.cli_reference"


def test_the_command_page_shows_commands_that_parse():
    shown = re.findall(r"^python -m engine ([a-z].*)$", DOCS["cli.md"], re.MULTILINE)
    assert len(shown) >= len(cli_reference.commands())
    for line in shown:
        cli_reference.parser().parse_args(shlex.split(line))


# ---- docs/miniature.md


def test_the_miniature_page_shows_sentences_as_they_are():
    rows = re.findall(r"^\| `(who=[^`]+)` \| (.+) \|$", DOCS["miniature.md"], re.MULTILINE)
    assert len(rows) == 10
    for words, sentences in rows:
        said = [realisation.sentence(splits.parse(words), language).text for language in lexicon.languages()]
        assert sentences.split(" | ") == said


def test_the_miniature_page_has_the_fingerprints_and_sizes():
    for split, fingerprint in splits.FINGERPRINTS.items():
        assert f"| `{split}` | {pairs.SPLIT_SIZES[split]:,} |" in DOCS["miniature.md"]
        assert fingerprint in DOCS["miniature.md"]


def test_the_miniature_page_says_how_far_surface_features_reach():
    for features, value in artifacts.report().items():
        assert f"| {features} | {value:.1%} |" in DOCS["miniature.md"]
