"""Three storeys, one direction: pages -> dashboard -> engine. The same rules as ruff's TID251, and those that it cannot say."""

import ast
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
STOREYS = ("engine", "dashboard", "pages")
FILES = sorted(p for storey in STOREYS for p in (ROOT / storey).rglob("*.py"))
HEAVY = ("torch", "transformers", "captum", "datasets")
LIGHT = (
    "engine.store", "engine.runs", "engine.queue", "engine.catalog", "engine.config", "engine.languages", "engine.text", "engine.perturbations",
    "engine.evaluation.metrics", "engine.evaluation.significance", "engine.commands", "engine.data", "engine.estimate",
)  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(source: str) -> set[str]:
    """Full names of everything that a file imports, anywhere in it: `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that a reader sees the storey"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


IMPORTS = {path: imports(path.read_text(encoding="utf-8")) for path in FILES}


def importers(package: str) -> set[str]:
    """Files of the three storeys that import this package or something inside it."""
    return {name(p) for p, found in IMPORTS.items() if any(i == package or i.startswith(f"{package}.") for i in found)}


def below(names: set[str], *storeys: str) -> set[str]:
    return {n for n in names if n.split("/")[0] in storeys}


def test_the_walk_sees_imports_inside_functions_and_of_submodules():
    assert imports("import torch.nn\ndef f():\n    from engine import models") == {"torch.nn", "engine", "engine.models"}
    assert len(FILES) > 50
    assert "engine/models.py" in importers("torch")


def test_engine_never_draws_and_never_looks_upwards():
    for package in ("streamlit", "altair", "dashboard", "pages", "tests"):
        assert below(importers(package), "engine") == set(), package


def test_dashboard_never_imports_pages_and_pages_never_import_each_other():
    assert importers("pages") == set()
    names = {p.stem for p in (ROOT / "pages").glob("*.py")}
    assert {name(p): found & names for p, found in IMPORTS.items() if p.parent.name == "pages" and found & names} == {}


def test_only_the_engine_computes():
    for package in (*HEAVY, "duckdb", "numpy", "scipy", "statsmodels"):
        assert below(importers(package), "dashboard", "pages") == set(), package


@pytest.mark.parametrize("package", ["torch", "transformers", "captum", "duckdb"])
def test_the_engine_parts_that_may_use_a_heavy_package_are_those_of_the_linter(package):
    allowed = [pattern for pattern, rules in PROJECT["tool"]["ruff"]["lint"]["per-file-ignores"].items() if "TID251" in rules]
    found = below(importers(package), "engine")
    assert found
    assert {f for f in found if not any(fnmatch(f, pattern) for pattern in allowed)} == set()


def test_one_file_each():
    assert importers("duckdb") == {"engine/store.py"}
    assert importers("captum") == {"engine/attribution.py"}
    # Models are loaded in one place; parts of training and pretraining build networks from classes.
    assert {name(p) for p, found in IMPORTS.items() if any(i.startswith("transformers.Auto") for i in found)} == {"engine/models.py"}
    cached = {name(p) for p in FILES if "st.cache_data" in _code(p) or "st.cache_resource" in _code(p)}
    assert cached == {"dashboard/resources.py"}


def _code(path: Path) -> str:
    return ast.unparse(ast.parse(path.read_text(encoding="utf-8")))


def test_there_is_no_drawer_for_odds_and_ends():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    assert {name(p) for p in FILES if p.stem in vague or p.parent.name in vague} == set()


def test_files_hold_one_idea():
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in FILES}
    assert {n: length for n, length in lengths.items() if length > 300} == {}


def test_pages_are_short_enough_to_read_as_sentences():
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in FILES if p.parent.name == "pages"}
    assert lengths
    # Shorter is fine: the range is the plan's, and what a page need not say it should not.
    assert {n: length for n, length in lengths.items() if length > 80} == {}


def test_every_file_and_public_function_of_the_engine_says_what_it_is():
    silent = []
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            silent.append(name(path))
        if path.is_relative_to(ROOT / "engine"):
            public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
            silent += [f"{name(path)}: {n.name}" for n in public if not ast.get_docstring(n)]
    assert silent == []


@pytest.mark.parametrize("module", LIGHT)
def test_comparing_runs_needs_no_torch(module):
    code = f"import sys, {module}; print(*[m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize(
    ("file", "line", "advice"),
    [
        ("engine/planted.py", "import streamlit as st", "Only dashboard/ and pages/ draw"),
        ("engine/planted.py", "from altair import Chart", "Only dashboard/charts.py draws charts"),
        ("engine/planted.py", "from dashboard import charts", "engine/ never looks upwards"),
        ("engine/planted.py", "import pages.probe", "Nothing imports a page"),
        ("engine/planted.py", "import duckdb", "Call engine.store"),
        ("engine/data/planted.py", "import torch", "must start without it"),
        ("engine/runs.py", "from transformers import AutoModel", "Take a Model from engine.models.load"),
        ("engine/evaluation/planted.py", "import captum.attr", "Call engine.attribution.attribute"),
    ],
)
def test_the_linter_refuses_a_planted_import_and_says_what_to_do(file, line, advice):
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", file, "-"]
    found = subprocess.run(command, input=f"{line}\n", capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert found.returncode == 1
    assert "TID251" in found.stdout
    assert advice in found.stdout
