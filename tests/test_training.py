"""Training a two-layer model: it learns, a killed run ends with the weights of an undisturbed one, and stages follow each other."""

import math
import os
from dataclasses import replace

import pytest
import torch

from engine import data, models, runs
from engine.config import Adv, CodeSwitch, Evaluation, RsDa, RsRp, RunConfig, Stage, Standard, TaskData
from engine.errors import InputError
from engine.results import Example
from engine.training import batches, loop, recipe
from engine.training.loop import Cancelled, Watcher, train_stage

SIXTY = TaskData("nli", "miniature", 60)
STAGE = Stage((SIXTY,), epochs=2, batch_size=8, learning_rate=2e-3)
"""Eight steps an epoch, the last of four examples."""
VARIANTS = {
    "standard": STAGE,
    "adv": replace(STAGE, objective=Adv(steps=1)),
    "rsda": replace(STAGE, objective=RsDa(noise=0.2)),
    "codeswitch": replace(STAGE, objective=CodeSwitch()),
    "consistency": replace(STAGE, tasks=(TaskData("nli", "miniature", 30), TaskData("nli", "everyday", 30)), objective=Adv(steps=1), consistency=1.0),
    "accumulated": replace(STAGE, accumulation=2),
}


def watcher(resume, reports=None, cancelled=lambda: False):
    return Watcher(lambda **values: None if reports is None else reports.append(values), cancelled, resume)


def train(folder, stage, resume, *, seed=1, number=0, reports=None, cancelled=lambda: False):
    """The weights and the state after a stage from the model of a folder, which itself stays as it is."""
    model = models.load(str(folder))
    state = train_stage(model, stage, number, seed, watcher(resume, reports, cancelled))
    return {k: v.clone() for k, v in model.network.state_dict().items()}, state


def cancel_at(step):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) == step

    return cancelled


def equal(first, second):
    return list(first) == list(second) and all(torch.equal(first[k], second[k]) for k in first)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def undisturbed(tiny_xlmr, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return {name: train(tiny_xlmr, stage, folder / f"{name}.pt")[0] for name, stage in VARIANTS.items()}


# ---- Learning


def mean_loss(model, examples):
    predicted = model.predict(examples)
    return -sum(math.log(p.probabilities[e.label]) for p, e in zip(predicted, examples, strict=True)) / len(examples)


def test_the_loss_falls(tiny_xlmr, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "development_set", lambda stage: [])  # keep the last weights
    model, examples = models.load(str(tiny_xlmr)), data.examples(SIXTY, "en", "train")
    before = mean_loss(model, examples)
    train_stage(model, replace(STAGE, epochs=30, learning_rate=3e-3), 0, 1, watcher(tmp_path / "r.pt"))
    assert before > 1.0
    assert mean_loss(model, examples) < 0.7


@pytest.mark.parametrize("objective", [Standard(), Adv(), RsRp(), RsDa()], ids=lambda o: o.name)
def test_frozen_embeddings_stay_and_the_rest_learns(tiny_xlmr, tmp_path, objective):
    model = models.load(str(tiny_xlmr))
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    train_stage(model, replace(STAGE, frozen="embeddings", objective=objective, epochs=1), 0, 1, watcher(tmp_path / "r.pt"))
    after = model.network.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert not any(".embeddings." in k for k in changed)
    assert any("encoder.layer.0" in k for k in changed) and any(k.startswith("classifier") for k in changed)


def test_the_lower_half_stays_and_the_upper_learns(tiny_xlmr, tmp_path):
    model = models.load(str(tiny_xlmr))
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    train_stage(model, replace(STAGE, frozen="lower half", epochs=1), 0, 1, watcher(tmp_path / "r.pt"))
    changed = {k for k, v in model.network.state_dict().items() if not torch.equal(before[k], v)}
    assert not any(".embeddings." in k or "layer.0." in k for k in changed)
    assert any("layer.1." in k for k in changed)


@pytest.mark.parametrize("objective", [Standard(), Adv(), RsRp(), RsDa()], ids=lambda o: o.name)
def test_with_the_encoder_frozen_the_head_alone_learns(tiny_xlmr, tmp_path, objective):
    model = models.load(str(tiny_xlmr))
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    train_stage(model, replace(STAGE, frozen="encoder", objective=objective, epochs=1), 0, 1, watcher(tmp_path / "r.pt"))
    changed = {k for k, v in model.network.state_dict().items() if not torch.equal(before[k], v)}
    assert changed and all(k.startswith("classifier") for k in changed)


def test_a_network_without_a_stack_of_layers_has_no_lower_half():
    network = torch.nn.Linear(2, 2)
    network.base_model = torch.nn.ModuleDict({"embeddings": torch.nn.Embedding(2, 2)})
    network.base_model.embeddings = network.base_model["embeddings"]
    with pytest.raises(InputError, match="no stack of two or more layers"):
        loop._freeze(network, "lower half")


def test_the_best_weights_are_kept(tiny_xlmr, tmp_path):
    reports = []
    weights, state = train(tiny_xlmr, replace(STAGE, epochs=5), tmp_path / "r.pt", reports=reports)
    checks = [r for r in reports if "dev_accuracy" in r]
    assert [r["step"] for r in checks] == [8, 16, 24, 32, 40]
    assert state.best == max(r["dev_accuracy"] for r in checks)
    assert {r["steps"] for r in reports} == {40} and state.step == 40
    model = models.load(str(tiny_xlmr))
    model.network.load_state_dict(weights)
    development = batches.development_set(STAGE)
    assert sum(p.label == e.label for p, e in zip(model.predict(development), development, strict=True)) / 60 == state.best


def test_tokens_are_counted_without_padding(tiny_xlmr, tmp_path):
    model = models.load(str(tiny_xlmr))
    lengths = [len(model.tokenizer(e.text, e.text_pair)["input_ids"]) for e in data.examples(SIXTY, "en", "train")]
    wanted = sum(min(64, length) for length in lengths)
    assert train(tiny_xlmr, STAGE, tmp_path / "r.pt")[1].tokens == 2 * wanted


def test_one_seed_gives_one_result_and_another_another(tiny_xlmr, tmp_path, undisturbed):
    assert equal(train(tiny_xlmr, STAGE, tmp_path / "a.pt")[0], undisturbed["standard"])
    assert not equal(train(tiny_xlmr, STAGE, tmp_path / "b.pt", seed=2)[0], undisturbed["standard"])
    assert not equal(train(tiny_xlmr, STAGE, tmp_path / "c.pt", number=1)[0], undisturbed["standard"])


def test_every_variant_trains_to_something_else(undisturbed):
    names = list(VARIANTS)
    assert not any(equal(undisturbed[a], undisturbed[b]) for i, a in enumerate(names) for b in names[:i])


def test_accumulated_steps_are_one_larger_batch(tiny_xlmr, tmp_path, monkeypatch):
    """Without dropout, two passes of one example each move the weights as one pass of both does."""
    pair = data.examples(SIXTY, "en", "train")[:2]
    moved = []
    for size, accumulation in ((2, 1), (1, 2)):
        monkeypatch.setattr(batches, "training_sets", lambda stage: [pair])
        monkeypatch.setattr(loop, "training_sets", lambda stage: [pair])
        monkeypatch.setattr(loop, "development_set", lambda stage: [])
        model = models.load(str(tiny_xlmr))
        for module in model.network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        stage = Stage((SIXTY,), epochs=1, batch_size=size, accumulation=accumulation, warmup=0.0, learning_rate=1e-3, clip=0.0)
        monkeypatch.setattr(loop, "learning_rate", lambda *given: 1e-3)
        before = model.network.classifier.out_proj.weight.clone()
        train_stage(model, stage, 0, 1, watcher(tmp_path / f"{size}.pt"))
        moved.append(model.network.classifier.out_proj.weight.detach() - before)
    assert moved[0].abs().max() > 5e-4
    assert torch.allclose(moved[0], moved[1], atol=1e-4)


# ---- Cancelled, killed, resumed


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("step", [5, 8])  # inside the first epoch (and inside an accumulation), and at its end
def test_a_cancelled_run_resumes_to_the_same_weights(tiny_xlmr, tmp_path, undisturbed, name, step):
    resume = tmp_path / "r.pt"
    with pytest.raises(Cancelled):
        train(tiny_xlmr, VARIANTS[name], resume, cancelled=cancel_at(step))
    torch.manual_seed(12345)  # whatever ran in between
    reports = []
    weights, state = train(tiny_xlmr, VARIANTS[name], resume, reports=reports)
    assert state.step == 16 and reports[0]["step"] > step
    assert equal(weights, undisturbed[name])


@pytest.mark.parametrize("name", VARIANTS)
def test_a_killed_process_resumes_to_the_same_weights(tiny_xlmr, killed, undisturbed, name):
    assert torch.load(killed / f"{name}.pt", weights_only=True)["state"]["step"] == 10
    assert equal(train(tiny_xlmr, VARIANTS[name], killed / f"{name}.pt")[0], undisturbed[name])


def test_a_finished_stage_is_not_trained_again(tiny_xlmr, tmp_path):
    resume, reports = tmp_path / "r.pt", []
    weights, _ = train(tiny_xlmr, STAGE, resume)
    again, state = train(tiny_xlmr, STAGE, resume, reports=reports)
    assert reports == [] and state.step == 16
    assert equal(again, weights)


@pytest.mark.parametrize("content", [b"", b"not a state", None])
def test_a_damaged_state_is_said(tiny_xlmr, tmp_path, content):
    resume = tmp_path / "resume.pt"
    if content is None:
        train(tiny_xlmr, replace(STAGE, epochs=1), resume)
        content = resume.read_bytes()[: resume.stat().st_size // 2]
    resume.write_bytes(content)
    with pytest.raises(InputError, match=r"The saved state resume.pt is damaged \(\w+\); delete it to start this run again."):
        train(tiny_xlmr, STAGE, resume)


# ---- Stopping early


def scripted(monkeypatch, accuracies):
    """Development accuracies as given, one a check."""
    left = iter(accuracies)
    real = loop._check

    def check(model, development, state, stage):
        answers = [Example("d", "nli", "en", "a", "b", label="neutral")] * 10
        right = round(next(left) * 10)
        predicted = [type("P", (), {"label": "neutral" if i < right else "entailment"}) for i in range(10)]
        fake = type("M", (), {"predict": lambda self, e, batch_size: predicted, "network": model.network})()
        return real(fake, answers, state, stage)

    monkeypatch.setattr(loop, "_check", check)


def test_training_stops_after_checks_without_a_gain(tiny_xlmr, tmp_path, monkeypatch):
    scripted(monkeypatch, [0.4, 0.6, 0.5, 0.6, 0.9])
    reports = []
    stage = replace(STAGE, epochs=10, patience=2)
    weights, state = train(tiny_xlmr, stage, tmp_path / "r.pt", reports=reports)
    assert [r["dev_accuracy"] for r in reports if "dev_accuracy" in r] == [0.4, 0.6, 0.5, 0.6]
    assert state.stopped and state.best == 0.6 and state.step == 32
    assert equal(weights, state.best_weights)
    again, after = train(tiny_xlmr, stage, tmp_path / "r.pt")
    assert after.step == 32 and equal(again, weights), "stopped is stopped, also when resumed"


def test_without_patience_every_epoch_is_trained(tiny_xlmr, tmp_path, monkeypatch):
    scripted(monkeypatch, [0.9, 0.1, 0.1, 0.1])
    _, state = train(tiny_xlmr, replace(STAGE, epochs=4, patience=0), tmp_path / "r.pt")
    assert state.step == 32 and state.best == 0.9 and not state.stopped


def test_a_gradient_left_by_an_early_stop_does_not_reach_the_next_stage(tiny_xlmr, tmp_path, monkeypatch):
    model = models.load(str(tiny_xlmr))
    wanted, _ = train(tiny_xlmr, STAGE, tmp_path / "a.pt", number=1)
    model.network.requires_grad_(True)
    for parameter in model.network.parameters():
        parameter.grad = torch.ones_like(parameter)
    train_stage(model, STAGE, 1, 1, watcher(tmp_path / "b.pt"))
    assert equal(dict(model.network.state_dict()), wanted)


# ---- The order of the data


def numbered(count, prefix):
    return [Example(f"{prefix}{i}", "nli", "en", "word " * (1 + i % 7), "x") for i in range(count)]


def test_shares_by_hand():
    assert batches.shares([300, 100], 1.0) == [300, 100]
    assert batches.shares([300, 100], 0.0) == [200, 200]
    # Square roots 3 and 1 of 900 and 100: three quarters of 1000.
    assert batches.shares([900, 100], 0.5) == [750, 250]
    assert batches.shares([10_000, 1], 1.0) == [10_000, 1]


@pytest.mark.parametrize("mixing", [1.0, 0.5, 0.0])
def test_an_epoch_of_two_sources_draws_their_shares(mixing):
    sets = [numbered(90, "a"), numbered(10, "b")]
    stage = Stage((SIXTY, SIXTY), batch_size=8, mixing=mixing)
    drawn = [e.id for batch in batches.epoch_batches(sets, stage, "s") for e in batch]
    assert [sum(i.startswith(p) for i in drawn) for p in "ab"] == batches.shares([90, 10], mixing)
    for prefix, size in (("a", 90), ("b", 10)):
        counts = {i: drawn.count(i) for i in drawn if i.startswith(prefix)}
        share = batches.shares([90, 10], mixing)[prefix == "b"]
        assert max(counts.values()) <= -(-share // size), "no example comes again before all others came"


def test_batches_are_full_shuffled_and_of_one_length():
    sets = [numbered(100, "a")]
    stage = Stage((SIXTY,), batch_size=8)
    found = batches.epoch_batches(sets, stage, "1-0-0")
    assert sorted(map(len, found)) == [4, *[8] * 12]
    assert sorted(e.id for b in found for e in b) == sorted(e.id for e in sets[0])
    assert all(max(len(e.text) for e in b) - min(len(e.text) for e in b) <= 10 for b in found)
    assert found == batches.epoch_batches(sets, stage, "1-0-0")
    assert found != batches.epoch_batches(sets, stage, "1-0-1")
    lengths = [len(b[0].text) for b in found]
    assert lengths != sorted(lengths)


def test_the_number_of_steps_is_that_of_the_batches():
    for sizes, mixing, size in (([300, 100], 0.3, 7), ([401], 1.0, 8), ([9], 1.0, 32), ([500, 3, 77], 0.0, 9)):
        sets = [numbered(n, str(i)) for i, n in enumerate(sizes)]
        stage = Stage((SIXTY,), batch_size=size, mixing=mixing)
        assert len(batches.epoch_batches(sets, stage, "s")) == -(-sum(batches.shares(sizes, mixing)) // size)


def test_checkpoints_are_chosen_by_a_sample_of_the_whole_file_however_few_are_trained_on():
    found = batches.development_set(Stage((SIXTY,)))
    everything = [e.id for e in data.examples(TaskData(), "en", "dev")]
    places = [everything.index(e.id) for e in found]
    assert len(set(places)) == 60 and max(places) >= 0.9 * len(everything) > 60
    assert found == batches.development_set(Stage((SIXTY,), epochs=9))


def test_only_labelled_examples_are_trained_on(tmp_path):
    lines = ['{"premise": "a", "hypothesis": "b", "label": "neutral"}', '{"premise": "c", "hypothesis": "d", "label": null}']
    (tmp_path / "train.en.jsonl").write_text("\n".join(lines))
    stage = Stage((TaskData("nli", f"folder:{tmp_path}"),))
    assert [[e.text for e in s] for s in batches.training_sets(stage)] == [["a"]]
    assert batches.development_set(stage) == [], "a source may have no development split"
    (tmp_path / "train.en.jsonl").write_text(lines[1])
    with pytest.raises(InputError, match="has no labelled en training examples"):
        batches.training_sets(Stage((TaskData("nli", f"folder:{tmp_path}", 1),)))


def test_the_learning_rate_by_hand():
    stage = Stage(learning_rate=1.0, warmup=0.2)
    # Ten steps: two of warm-up, then eighths down from one.
    assert [round(loop.learning_rate(stage, s, 10), 4) for s in range(10)] == [0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    assert loop.learning_rate(Stage(learning_rate=1.0, warmup=0.0), 0, 10) == 1.0


# ---- Whole runs


@pytest.fixture
def paraphrases(tmp_path):
    """A folder source of 24 paraphrase pairs."""
    folder = tmp_path / "paraphrases"
    folder.mkdir()
    rows = [f"{e.text}\t{e.text_pair}\t{i % 2}" for i, e in enumerate(data.examples(SIXTY, "en", "train")[:24])]
    for split in ("train", "test"):
        (folder / f"{split}.en.tsv").write_text("sentence1\tsentence2\tlabel\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return f"folder:{folder}"


def sequence(encoder, paraphrases):
    """Two stages with different labels, scored on the second."""
    task = TaskData("paraphrase", paraphrases)
    second = Stage((task,), epochs=1, batch_size=8, learning_rate=2e-3)
    return RunConfig(str(encoder), (replace(STAGE, epochs=1), second), Evaluation((task,), ("en",)))


def weights_of(run):
    return models.load(run.id).network.state_dict()


def test_stages_follow_each_other_and_labels_change(tiny_xlmr, paraphrases, runs_root, monkeypatch):
    run = recipe.execute(runs.create(sequence(tiny_xlmr, paraphrases)))
    assert run.state == "finished"
    model = models.load(run.id)
    assert model.labels == ("different", "paraphrase")
    progress = runs.read_progress(run)
    trained = progress[progress.phase == "train"]
    assert list(trained.groupby("stage").step.max()) == [8, 3]
    scores = runs.read_scores(run)
    predicted = runs.read_predictions(run)
    assert len(predicted) == 24 and set(predicted.predicted) <= {"different", "paraphrase"}
    assert float(scores[scores.metric == "accuracy"].value.iloc[0]) == pytest.approx(predicted.correct.mean())
    assert set(runs.read_provenance(run)["data"]) == {
        "miniature nli en train", f"{paraphrases} paraphrase en train", f"{paraphrases} paraphrase en test",
    }
    # Cancelled after the first stage and before the second saved anything: the new head must be the same.
    other = runs_root.parent / "other"
    monkeypatch.setenv("BABELPROOF_RUNS", str(other))
    again = runs.create(sequence(tiny_xlmr, paraphrases))
    finished = recipe.train_stage

    def stop_before_second(model, stage, number, seed, watch):
        if number == 1:
            raise Cancelled
        return finished(model, stage, number, seed, watch)

    monkeypatch.setattr(recipe, "train_stage", stop_before_second)
    with pytest.raises(Cancelled):
        recipe.execute(again)
    monkeypatch.setattr(recipe, "train_stage", finished)
    assert equal(weights_of(recipe.execute(again)), model.network.state_dict())


def test_a_run_of_a_run_finds_it_in_its_own_folder(tiny_xlmr, paraphrases, tmp_path, monkeypatch):
    """Trained from a finished run whose labels are others, in a folder that the environment does not name."""
    monkeypatch.setenv("BABELPROOF_RUNS", str(tmp_path / "elsewhere"))
    here = tmp_path / "here"
    one = RunConfig(str(tiny_xlmr), (replace(STAGE, epochs=1),), Evaluation((TaskData("nli", "miniature", 6),), ("en",)))
    first = recipe.execute(runs.create(one, here))
    second = RunConfig(first.id, (sequence(tiny_xlmr, paraphrases).stages[1],), sequence(tiny_xlmr, paraphrases).evaluation)
    assert recipe.execute(runs.create(second, here)).state == "finished"
    scored = RunConfig(first.id, (), one.evaluation)
    run = recipe.execute(runs.create(scored, here))
    assert list(runs.read_predictions(run).probabilities) == list(runs.read_predictions(first).probabilities)


def test_equal_settings_are_the_same_run_and_finished_is_finished(tiny_xlmr, runs_root):
    config = RunConfig(str(tiny_xlmr), (), Evaluation((TaskData("nli", "miniature", 3),), ("en",)))
    run = recipe.execute(runs.create(config))
    before = {f: f.stat().st_mtime_ns for f in run.path.rglob("*")}
    same = runs.create(replace(config))
    assert (same.id, same.state) == (run.id, "finished")
    assert recipe.execute(same) == same
    assert {f: f.stat().st_mtime_ns for f in run.path.rglob("*")} == before


def test_a_cancelled_run_says_so_and_can_go_on(tiny_xlmr, runs_root):
    config = RunConfig(str(tiny_xlmr), (replace(STAGE, epochs=1),), Evaluation((TaskData("nli", "miniature", 3),), ("en",)))
    run = runs.create(config)
    runs.set_process(run, os.getpid())
    runs.request_cancel(run)
    with pytest.raises(Cancelled):
        recipe.execute(run)
    assert "Cancelled; the state is saved" in runs.read_log(run)
    (run.path / "cancel").unlink()
    assert recipe.execute(runs.find(run.id)).state == "finished"
    assert not runs.resume_file(run).exists()


def test_a_failed_run_keeps_the_reason(tiny_xlmr, runs_root):
    config = RunConfig(str(tiny_xlmr), (replace(STAGE, tasks=(TaskData("nli", "folder:/no/such/place"),)),))
    run = runs.create(config)
    with pytest.raises(InputError):
        recipe.execute(run)
    found = runs.find(run.id)
    assert found.state == "failed" and found.message.startswith("There is no folder or file /no/such/place")


def test_a_loss_that_is_no_number_stops_the_run(tiny_xlmr, tmp_path):
    model = models.load(str(tiny_xlmr))
    with torch.no_grad():
        model.network.classifier.out_proj.weight.fill_(float("nan"))
    with pytest.raises(InputError, match="The loss became NaN at step 1; lower the learning rate or the radius."):
        train_stage(model, STAGE, 0, 1, watcher(tmp_path / "r.pt"))
