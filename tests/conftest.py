"""Shared fixtures: two small real models with their own trained tokenizers, and a folder for runs."""

import os

# Before torch or the hub's client is imported: one thread, so that runs agree to the bit, and no network.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

NLI = ("entailment", "neutral", "contradiction")


@pytest.fixture
def runs_root(tmp_path, monkeypatch):
    """An empty folder that runs are kept in."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("BABELPROOF_RUNS", str(folder))
    return folder


@pytest.fixture
def no_shipped_runs(tmp_path, monkeypatch):
    """No runs but those that a test makes."""
    from engine import runs

    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "shipped")


@pytest.fixture(scope="session")
def miniature_texts():
    """Sentences of the miniature in six of its languages: a vocabulary for twenty would cut words to single letters."""
    from engine.pretraining.corpus import miniature_units

    spoken = ("ar", "de", "en", "ru", "sw", "zh")
    return [text for unit in miniature_units(60, seed=1) for version, text in unit.items() if version[:2] in spoken]


def _named(labels):
    return {"num_labels": len(labels), "id2label": dict(enumerate(labels)), "label2id": {v: i for i, v in enumerate(labels)}}


@pytest.fixture(scope="session")
def tiny_xlmr(tmp_path_factory, miniature_texts):
    """A folder with an XLM-R classifier of two layers and width 32; its untrained weights are large, so that inputs matter."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    from engine.pretraining.tokenizer import train_tokenizer

    folder = tmp_path_factory.mktemp("tiny_xlmr")
    tokenizer = train_tokenizer(miniature_texts, 2_000, 64)
    torch.manual_seed(1)
    network = XLMRobertaForSequenceClassification(
        XLMRobertaConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=66, type_vocab_size=1, bos_token_id=0, pad_token_id=1, eos_token_id=2, initializer_range=0.25, **_named(NLI),
        )
    )
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _pieces(texts, words):
    """A WordPiece vocabulary: every letter, at the start of a word and within, and the commonest words.

    Counted here, because what `tokenizers` trains differs from process to process, and with it every number of the model.
    """
    from tokenizers import normalizers, pre_tokenizers

    normalizer, splitter = normalizers.BertNormalizer(strip_accents=False), pre_tokenizers.BertPreTokenizer()
    counts = Counter(word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    letters = sorted({letter for word in counts for letter in word})
    common = sorted(counts, key=lambda word: (-counts[word], word))[:words]
    return dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *common])


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory, miniature_texts):
    """A folder with a BERT classifier of two layers and width 32, and WordPieces of the miniature."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny_bert")
    (folder / "vocab.txt").write_text("\n".join(_pieces(miniature_texts, 500)), encoding="utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), strip_accents=False, model_max_length=64)
    torch.manual_seed(2)
    network = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id, initializer_range=0.25, **_named(NLI),
        )
    )
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def killed(tiny_xlmr, tmp_path_factory):
    """A folder with what killed trainings and pretrainings left behind (see tests/killed.py)."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.killed", str(tiny_xlmr), str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder
