"""Models and data sets from a hub: a small server stands in for it; afterwards all comes from the cache without a request.

The hub's client reads its address and cache folder when it is imported, so it runs in processes of its own.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PREMISES = {"en": ("The cat slept.", "He said \"no\"."), "sw": ("Paka alilala.", "Alisema \"hapana\".")}

PROGRAM = """
import json
from engine import data, models
from engine.config import TaskData
from engine.errors import InputError
from engine.results import Example

def attempt(work):
    try:
        return work()
    except InputError as error:
        return {"error": str(error)}

def predict():
    model = models.load("org/classifier")
    return {"labels": model.labels, "probabilities": model.predict([Example("1", "nli", "en", "The cat slept.", "No.")])[0].probabilities}

def read(language, split):
    return [[e.id, e.language, e.text, e.text_pair, e.label, e.split] for e in data.examples(TaskData("nli", "hub:xnli"), language, split)]

def dev_alone():
    return [e.label for e in data.examples(TaskData("nli", "hub:org/dev_alone"), "en", "test")]

def splits():
    return data.splits(TaskData("nli", "hub:org/dev_alone"), "en")

print(json.dumps([attempt(predict), attempt(lambda: read("en", "test")), attempt(lambda: read("sw", "dev")), *map(attempt, (dev_alone, splits))]))
"""


class Hub(ThreadingHTTPServer):
    """Answers the parts of the hub's interface that its client uses, for folders by name of the repository."""

    def __init__(self, repositories):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = repositories
        self.requests = []


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *given):
        self.server.requests.append(f"{self.command} {self.path}")

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        self.answer(given.get("paths"))

    def answer(self, paths=None):
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        api = parts[0] == "api"
        kind, rest = ("datasets", parts[api + 1 :]) if parts[api] == "datasets" else ("models", parts[api + (parts[api] == "models") :])
        folder = self.server.repositories.get((kind, "/".join(rest[:2])))
        if folder is None:
            return self.send({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        files = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
        what = rest[2] if len(rest) > 2 else "revision"
        if what == "resolve":
            return self.file(folder, "/".join(rest[4:]), files)
        if what == "revision":
            return self.send({"id": "/".join(rest[:2]), "sha": COMMIT, "siblings": [{"rfilename": f} for f in files], "private": False, "tags": []})
        within = "/".join(rest[4:])
        listed = [f for f in files if f in paths] if paths is not None else [f for f in files if not within or f.startswith(within + "/")]
        entries = [{"type": "file", "path": f, "size": (folder / f).stat().st_size, "oid": self.tag(folder / f)} for f in listed]
        folders = {p.as_posix() for f in listed for p in Path(f).parents if p != Path(".")}
        if paths is not None:
            folders = {p for p in paths if any(f.startswith(p + "/") for f in files)}
        return self.send(entries + [{"type": "directory", "path": d, "size": 0, "oid": COMMIT} for d in sorted(folders)])

    def tag(self, path):
        return hashlib.sha1(path.read_bytes()).hexdigest()

    def file(self, folder, name, files):
        if name not in files:
            return self.send({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        content = (folder / name).read_bytes()
        self.send(content, 200, {"ETag": f'"{self.tag(folder / name)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"})

    def send(self, content, status=200, headers=None):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        start = 0
        if status == 200 and (asked := self.headers.get("Range", "")).startswith("bytes="):
            start, status = int(asked[6:].split("-")[0]), 206
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for name, value in {"Content-Length": str(len(body) - start), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[start:])


@pytest.fixture(scope="module")
def xnli(tmp_path_factory):
    """A data set laid out as facebook/xnli is: a configuration a language, labels as numbers with names."""
    return written(tmp_path_factory.mktemp("xnli"), ("train", "validation", "test"))


def written(folder, splits):
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features(premise=Value("string"), hypothesis=Value("string"), label=ClassLabel(names=["entailment", "neutral", "contradiction"]))
    configs = []
    for language, premises in PREMISES.items():
        (folder / language).mkdir()
        for split in splits:
            rows = {"premise": list(premises), "hypothesis": [f"{split} {language}"] * 2, "label": [2, 0]}
            Dataset.from_dict(rows, features=features).to_parquet(str(folder / language / f"{split}-00000-of-00001.parquet"))
        files = "".join(f"  - split: {s}\n    path: {language}/{s}-*\n" for s in splits)
        configs.append(f"- config_name: {language}\n  data_files:\n{files}")
    (folder / "README.md").write_text("---\nconfigs:\n" + "".join(configs) + "---\n")
    return folder


@pytest.fixture(scope="module")
def answers(tiny_xlmr, xnli, tmp_path_factory):
    """What the program says with the hub there, then offline with what it had fetched, and offline with nothing."""
    dev_alone = written(tmp_path_factory.mktemp("dev_alone"), ("validation",))
    server = Hub({("models", "org/classifier"): tiny_xlmr, ("datasets", "facebook/xnli"): xnli, ("datasets", "org/dev_alone"): dev_alone})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cache, empty = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("empty")

    def start(home, offline):
        settings = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(home), "HF_HUB_OFFLINE": offline}
        settings |= {"BABELPROOF_RUNS": str(home / "runs"), "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=Path(__file__).parents[1], env=kept | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def answer(process):
        output, log = process.communicate(timeout=240)
        assert process.returncode == 0, log
        return json.loads(output)

    found = {"online": answer(start(cache, "0")), "asked": list(server.requests)}
    both = start(cache, "1"), start(empty, "1")
    found |= {"offline": answer(both[0]), "empty": answer(both[1]), "asked_offline": server.requests[len(found["asked"]) :]}
    server.shutdown()
    server.server_close()
    return found


def test_a_model_of_the_hub_predicts_as_its_folder_does(answers, tiny_xlmr):
    from engine import models
    from engine.results import Example

    local = models.load(str(tiny_xlmr))
    found = answers["online"][0]
    assert found["labels"] == list(local.labels)
    assert found["probabilities"] == pytest.approx(local.predict([Example("1", "nli", "en", "The cat slept.", "No.")])[0].probabilities, abs=1e-6)


def test_xnli_is_read_by_its_short_name(answers):
    assert answers["online"][1] == [
        ["0", "en", "The cat slept.", "test en", "contradiction", "test"], ["1", "en", 'He said "no".', "test en", "entailment", "test"],
    ]
    assert answers["online"][2] == [
        ["0", "sw", "Paka alilala.", "validation sw", "contradiction", "dev"], ["1", "sw", 'Alisema "hapana".', "validation sw", "entailment", "dev"],
    ]


def test_splits_that_a_data_set_lacks_are_left_out(answers):
    assert answers["online"][3:] == [["contradiction", "entailment"], ["dev"]]


def test_only_safetensors_are_fetched(answers):
    fetched = [line.split("?")[0] for line in answers["asked"] if line.startswith("GET") and "/resolve/" in line]
    assert any(line.endswith("/model.safetensors") for line in fetched)
    assert not any(line.endswith((".bin", ".pt", ".py")) for line in fetched)


def test_offline_everything_comes_from_the_cache(answers):
    assert answers["offline"] == answers["online"]
    assert answers["asked_offline"] == []


def test_offline_without_a_cache_says_what_to_do(answers):
    model, first, second, *others = (answer["error"] for answer in answers["empty"])
    assert model.startswith("The model org/classifier could not be loaded: ")
    for message in (first, second):
        assert message.startswith("The data set facebook/xnli could not be loaded from the hub: ")
        assert message.endswith("Check the name and the network, or fill the hub's cache beforehand and set HF_HUB_OFFLINE=1.")
        assert "\n" not in message
    assert all(message.startswith("The data set org/dev_alone could not be loaded from the hub: ") for message in others)


def test_an_export_holds_one_language_of_a_split_and_takes_the_splits_that_are_there(monkeypatch, tmp_path):
    from datasets import Dataset

    from engine.config import TaskData
    from engine.data import export, hub

    held = []

    def load(name, language, split, revision):
        held.append(hub._read.cache_info().currsize)
        return Dataset.from_dict({"premise": ["a"], "hypothesis": ["b"], "label": ["neutral"]})

    monkeypatch.setattr("datasets.load_dataset", load)
    monkeypatch.setattr("datasets.get_dataset_config_names", lambda *given, **more: ["en", "sw"])
    monkeypatch.setattr("datasets.get_dataset_split_names", lambda name, language, revision: ["validation"] + ["train"] * (language == "en"))
    hub.forget()
    export.export([TaskData("nli", "hub:org/held")], ["train", "dev", "test"], [], tmp_path)
    assert held == [0, 0, 0]
    assert sorted(p.name for p in (tmp_path / "nli").glob("*.parquet")) == ["dev.en.parquet", "dev.sw.parquet", "train.en.parquet"]


@pytest.mark.parametrize("column", ["label", "category"])
def test_a_row_of_one_sentence_is_read(monkeypatch, column):
    from datasets import ClassLabel, Dataset, Features, Value

    from engine.data import hub
    from engine.results import Example

    features = Features({"index_id": Value("int64"), column: ClassLabel(names=["travel", "sports"]), "text": Value("string")})
    rows = Dataset.from_dict({"index_id": [7], column: [1], "text": ["Timu ilishinda."]}, features=features)
    monkeypatch.setattr("datasets.load_dataset", lambda *given, **more: rows)
    assert hub.read(f"org/{column}", "topic", "sw", "dev") == [Example("7", "topic", "sw", "Timu ilishinda.", label="sports", split="dev")]
