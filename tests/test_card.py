"""Model cards: what a run's records say, and nothing that they do not."""

import pytest

from engine import runs
from engine.config import Adv, CodeSwitch, Evaluation, RsDa, RunConfig, Stage, Standard, TaskData
from engine.errors import InputError
from engine.training import card
from tests.test_store import cell, finished

pytestmark = pytest.mark.usefixtures("no_shipped_runs")
HERE, ELSEWHERE = TaskData(), TaskData(source="folder:elsewhere")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def trained(root):
    """English 3/4, Swahili 2/4, Chinese 0/4; under typo English 2/4."""
    stage = Stage((HERE, TaskData(source="folder:mystery", limit=1_500)), Adv(radius=0.3), epochs=2)
    config = RunConfig("some/encoder", (stage,), Evaluation((HERE,)), seed=7)
    return finished(root, config, cell("aaab"), cell("aabb", "sw"), cell("bbbb", "zh"), cell("aabb", perturbation="typo", severity=0.2))


def scored(root, model, source, *cells):
    rows = [[row | {"source": source.source} for row in rows] for rows in cells]
    return finished(root, RunConfig(model, (), Evaluation((source,))), *rows)


def test_it_tells_how_the_model_was_trained(trained):
    found = card.card(trained)
    assert f"# {trained.id}\n" in found and "`some/encoder` fine-tuned in English; 1 stage, seed 7." in found
    assert "1. **adv** (radius 0.3, step_size 0.2, steps 1, norm l2, clean_weight 0.5)" in found and ": 2 epochs, batches of 32" in found
    assert "`miniature` (nli; authored here, CC BY 4.0)" in found
    assert "`folder:mystery` (nli, 1,500 examples; see the terms of the source)" in found


def test_figures_are_points_with_the_mean_of_the_languages_but_english(trained):
    rows = [line.split(" | ") for line in card.card(trained).splitlines() if line.startswith("| ")]
    assert [[cell.strip("| ") for cell in row] for row in rows] == [
        ["language", "clean", "typo 0.2"], ["en", "75.0", "50.0"], ["sw", "50.0", ""], ["zh", "0.0", ""], ["mean without English", "25.0", ""],
    ]  # fmt: skip


def test_scores_on_other_data_belong_to_it_and_those_of_other_models_do_not(root, trained):
    scored(root, trained.id, ELSEWHERE, cell("aaaa", "fr"))
    scored(root, trained.id, HERE, cell("aaaa", "fi"))  # the same source again, say with another seed
    scored(root, "another-model", ELSEWHERE, cell("aaaa", "vi"))
    found = card.card(trained)
    assert "on `folder:elsewhere`" in found and "| fr | 100.0 |" in found
    assert "| fi |" not in found and "| vi |" not in found
    assert found.startswith("---\nlanguage:\n- en\n- fr\n- sw\n- zh\nlicense: other\nlibrary_name: transformers\n")


@pytest.mark.parametrize(
    ("objective", "known"),
    [(Standard(), []), (RsDa(), ["synonym"]), (RsDa(noise=0.1), ["synonym", *card.EDITS]), (CodeSwitch(), ["codeswitch"])],
)
def test_what_training_did_to_texts_is_said_beside_the_figures(root, objective, known):
    config = RunConfig(stages=(Stage(objective=objective), Stage()))
    found = card.card(finished(root, config, cell("aaaa")))
    assert card.seen(config) == known and ("Training made such changes itself" in found) == bool(known)
    assert all(f"`{name}`" in found for name in known)
    assert (card.ZERO_SHOT in found, card.SWITCHED in found) == (known != ["codeswitch"], known == ["codeswitch"])


def test_translations_that_were_read_are_said(root):
    config = RunConfig(stages=(Stage(consistency=1.0), Stage()))
    found = card.card(finished(root, config, cell("aaaa")))
    assert card.CONSISTENT in found and card.ZERO_SHOT not in found and "consistency 1" in found


def test_every_source_has_a_table_of_its_own(root):
    config = RunConfig(evaluation=Evaluation((HERE, ELSEWHERE)))
    elsewhere = [row | {"source": ELSEWHERE.source} for row in cell("bbbb")]
    found = card.card(finished(root, config, cell("aaaa"), elsewhere))
    assert "nli on `miniature`" in found and "nli on `folder:elsewhere`" in found
    assert "| en | 100.0 |" in found and "| en | 0.0 |" in found


def test_limits_are_claimed_of_shipped_models_alone(trained):
    assert "## Limits" not in card.card(trained)


def test_what_trained_nothing_or_is_not_finished_has_no_card(root, trained):
    with pytest.raises(InputError, match="no trained model to describe"):
        card.card(scored(root, trained.id, ELSEWHERE, cell("aaaa")))
    with pytest.raises(InputError, match="no trained model to describe: it is queued"):
        card.body(runs.create(RunConfig(seed=9), root))


def test_it_is_written_beside_the_weights(trained, capsys, monkeypatch, root):
    monkeypatch.setenv("BABELPROOF_RUNS", str(root))
    runs.checkpoint(trained).mkdir()
    monkeypatch.setattr("sys.argv", ["card", trained.id, "--write"])
    card.main()
    path = runs.checkpoint(trained) / "README.md"
    assert capsys.readouterr().out.strip() == str(path) and path.read_text(encoding="utf-8") == card.card(trained)
