"""Documentation is tested: every name that a user can give has its paragraph, every file its line, every option its row."""

import re
import shlex
from pathlib import Path

import pytest

from engine import perturbations
from engine.attribution import METHODS
from engine.config import OBJECTIVE_SETTINGS
from engine.data import SOURCES
from engine.tasks import TASKS
from engine.training.objectives import OBJECTIVES
from tests import cli_reference, encoders_page, miniature_tables, scenes

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


def test_the_scenes_page_is_what_the_grammars_say():
    assert (ROOT / "docs" / "scenes.html").read_text(encoding="utf-8") == scenes.page(), "run: python -m tests.scenes"


def test_the_miniature_page_is_what_the_benchmark_has():
    page = DOCS["miniature.md"]
    assert {name for _, name, _ in miniature_tables.BLOCK.findall(page)} == set(miniature_tables.TABLES)
    assert page == miniature_tables.written(page), "run: python -m tests.miniature_tables"


def test_the_learning_curves_are_those_beside_the_encoders():
    text = encoders_page.PAGE.read_text(encoding="utf-8")
    assert text == encoders_page.curves(text), "run: python -m tests.encoders_page"
