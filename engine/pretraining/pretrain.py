"""One resumable command from raw parallel text to an encoder folder: tokenizer, SVD, then four objectives mixed."""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import settings
from engine.errors import InputError
from engine.miniature.scenes import scenes
from engine.pretraining.batches import Batches, Tokens, tokenise
from engine.pretraining.corpus import Unit, dictionary_units, miniature_units, real_units
from engine.pretraining.further import SETTINGS, history, keep, load
from engine.pretraining.initial import look_for_equals, positions_apart, svd_embeddings
from engine.pretraining.objectives import (
    alignment_loss,
    changed_word_loss,
    choose_masked,
    masked_lm_loss,
    ranking_loss,
)
from engine.pretraining.tokenizer import SPECIAL, train_tokenizer
from engine.settings import setting


@dataclass(frozen=True)
class PretrainConfig:
    """Size of the encoder and length of its pretraining."""

    vocabulary: int = setting(24_000, "Pieces of the tokenizer.", low=300)
    width: int = setting(256, "Width of embeddings and hidden states.", low=8)
    layers: int = setting(4, "Transformer layers.", low=1)
    heads: int = setting(4, "Attention heads.", low=1)
    positions: int = setting(256, "Longest input in tokens.", low=16)
    scenes: int = setting(8_000, "Miniature scenes, each said twice in every language.", low=1)
    verses: int = setting(30_000, "Bible verses that are read at most, spread evenly.", low=0)
    entries: int = setting(8_000, "Dictionary entries per language, the commonest ones.", low=0)
    text_length: int = setting(48, "Tokens of a text that are read.", low=4)
    miniature_share: float = setting(0.4, "Share of masked-LM batches from the miniature (half of it in ranking); the others are real text.", low=0.0, high=1.0)
    steps: int = setting(5_000, "Steps in all.", low=1)
    copying: int = setting(200, "Steps at the start that detect exchanged tokens in copies, before any language is needed.", low=0)
    detection: float = setting(0.35, "Share of steps that detect changed words (miniature only).", low=0.0, high=1.0)
    ranking: float = setting(0.25, "Share of steps of translation ranking.", low=0.0, high=1.0)
    alignment: float = setting(0.25, "Share of steps of word alignment (miniature and dictionaries); the rest is masked LM and translation LM.", low=0.0, high=1.0)
    ranking_batch: int = setting(64, "Translation pairs per ranking step.", low=2)
    masked_batch: int = setting(24, "Inputs per masked-LM step.", low=1)
    detection_batch: int = setting(40, "Pairs per detection step.", low=1)
    alignment_batch: int = setting(32, "Scenes, and as many dictionary entries, per alignment step.", low=2)
    neighbours: float = setting(0.0, "Share of real ranking pairs that are no translations but follow each other in a text: what is near is alike in topic.", low=0.0, high=1.0)
    same_language: float = setting(0.25, "Share of detection pairs whose two sentences are in one language.", low=0.0, high=1.0)
    learning_rate: float = setting(7e-4, "Peak learning rate of the layers.", low=0.0)
    embedding_rate: float = setting(2e-4, "Peak learning rate of the embeddings; 1e-3 undoes their alignment.", low=0.0)
    keep: float = setting(0.0, "Share of the encoder gone on from (--start) in the mean of weights that is written; a stretch loses less of what it does not train.", low=0.0, high=1.0)
    save_every: int = setting(250, "Steps between saved states.", low=1)
    seed: int = setting(1, "Seed.", low=0)

    def __post_init__(self) -> None:
        settings.check(self)
        if self.positions < 2 * self.text_length + 4:
            raise InputError(f"Two texts of {self.text_length} tokens do not fit {self.positions} positions; give {2 * self.text_length + 4} or more.")
        if self.detection + self.ranking + self.alignment > 1:
            shares = f"detection ({self.detection}), ranking ({self.ranking}) and alignment ({self.alignment})"
            raise InputError(f"The shares of {shares} exceed 1; lower one of them.")


SIZES = {
    "tiny": PretrainConfig(width=128, layers=2, heads=2, learning_rate=1e-3),
    "mini": PretrainConfig(),
    "small": PretrainConfig(width=320, layers=6, heads=5, learning_rate=5e-4),
}
"""The sizes that ship, over one tokenizer."""

CURVE = "pretraining.jsonl"
"""The learning curve beside an encoder: a row every 50 steps; that of the encoder gone on from comes first."""

KINDS = ("detection", "ranking", "alignment", "masked")

WEIGHTS = {"real": 1.0, "miniature": 1.0, "words": 0.3}
"""Weight of a unit in the SVD. At full weight, dictionary entries drown running text: topics fell from 32 to 21% (docs/LOG.md)."""


def pretrain(config: PretrainConfig, data: Path | None, out: Path, tokenizer: Path | None = None, start: Path | None = None) -> None:
    """Write an encoder folder (Hugging Face format) to `out`; a state beside it resumes after a kill to the same weights.

    `data` is the folder of real text (see corpus); None trains on the miniature alone. `tokenizer` is a folder whose tokenizer is taken
    instead of training one; `start` one whose weights are gone on from as well, under a new learning-rate schedule, and of which `config.keep`
    stays in what is written (interpolated weights, Wortsman et al. 2022). Raises InputError when `data` holds no text, when tokenizer or start
    do not fit, and for `keep` without `start`.
    """
    if config.keep and start is None:
        raise InputError("`keep` is the share of an encoder that is gone on from; give --start, or leave it 0.")
    out.mkdir(parents=True, exist_ok=True)
    work = out.with_name(out.name + ".work")
    work.mkdir(exist_ok=True)
    before = history(start) if start else None
    _same_settings(config, before, work)
    taken_from = start or tokenizer
    given = load_tokenizer(taken_from, config) if taken_from else None
    pieces, miniature, real, words = _tokens(config, data, work, given)
    shape = (config.width, config.layers, config.heads, config.positions)
    if start:
        encoder = load(start, shape, config.seed)
    else:
        encoder = _model(config, pieces, {"real": real, "miniature": miniature, "words": words}, work)
    torch.manual_seed(config.seed)  # the detector's weights
    network = nn.ModuleDict({"encoder": encoder, "detector": nn.Linear(config.width, 1)})
    scenes_of = list(itertools.islice(scenes("train", config.seed), config.scenes))
    curve = _train(config, network, Batches(pieces, miniature, real, words, scenes_of, config.text_length, config.same_language), work)
    if start and config.keep:
        keep(encoder, load(start, shape, config.seed), config.keep)
    encoder.half().save_pretrained(out)
    pieces.backend_tokenizer.no_truncation()  # it would keep the last length that it was used with
    pieces.save_pretrained(out)
    (out / SETTINGS).write_text(json.dumps(_made(config, before), indent=1) + "\n", encoding="utf-8")
    earlier = [json.loads(line) for line in (start / CURVE).read_text(encoding="utf-8").splitlines()] if start and (start / CURVE).exists() else []
    rows = earlier + [row | {"step": row["step"] + (earlier[-1]["step"] if earlier else 0)} for row in curve]
    (out / CURVE).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _made(config: PretrainConfig, before: dict[str, Any] | None) -> dict[str, Any]:
    """How an encoder was made: its settings, and under `start` those of the encoder that it went on from."""
    return settings.to_dict(config) | ({"start": before} if before else {})


def _same_settings(config: PretrainConfig, before: dict[str, Any] | None, work: Path) -> None:
    """Refuse to go on from a state that other settings left behind."""
    text = json.dumps(_made(config, before), indent=1)
    recorded = work / "settings.json"
    if recorded.exists() and recorded.read_text(encoding="utf-8") != text:
        raise InputError(f"{work} holds the state of a pretraining with other settings; delete that folder, or choose another --out.")
    recorded.write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def load_tokenizer(folder: Path, config: PretrainConfig) -> PreTrainedTokenizerFast:
    """The tokenizer of an encoder folder. Raises InputError where it has none, or one of another layout or size."""
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"There is no tokenizer.json in {folder}; give --tokenizer the folder of an encoder, or leave it out to train one.")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    if tokenizer.convert_tokens_to_ids(SPECIAL) != list(range(len(SPECIAL))) or len(tokenizer) > config.vocabulary:
        raise InputError(f"The tokenizer in {folder} does not fit: it must begin with {' '.join(SPECIAL)} and have at most {config.vocabulary} pieces.")
    return tokenizer


def _tokens(
    config: PretrainConfig, data: Path | None, work: Path, tokenizer: PreTrainedTokenizerFast | None
) -> tuple[PreTrainedTokenizerFast, list[Tokens], list[Tokens], list[Tokens]]:
    """Tokenizer and tokenised units of the miniature, of real text and of dictionaries; the tokenizer is kept in the work folder."""
    units = list(miniature_units(config.scenes, config.seed))
    texts = list(real_units(data, config.verses)) if data else []
    words = list(dictionary_units(data, texts, config.entries)) if data else []
    if (work / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(work)
    elif tokenizer is None:
        _say(f"Training a tokenizer of {config.vocabulary} pieces.")
        tokenizer = train_tokenizer(_sample(units, texts, config.seed), config.vocabulary, config.positions)
    tokenizer.save_pretrained(work)
    length = config.text_length
    return tokenizer, tokenise(units, tokenizer, length), tokenise(texts, tokenizer, 4 * length), tokenise(words, tokenizer, length)


def _sample(miniature: list[Unit], real: list[Unit], seed: int) -> list[str]:
    """Text for the tokenizer: about as much of every language, so that no script is starved."""
    rng = random.Random(seed)
    by_language: dict[str, list[str]] = {}
    for unit in real:
        for version, text in unit.items():
            by_language.setdefault(version[:2], []).append(text)
    chosen = [t for texts in by_language.values() for t in rng.sample(texts, min(len(texts), 5_000))]
    return chosen + [t for unit in rng.sample(miniature, min(len(miniature), 3_000)) for t in unit.values()]


def _model(config: PretrainConfig, tokenizer: PreTrainedTokenizerFast, units: dict[str, list[Tokens]], work: Path) -> XLMRobertaForMaskedLM:
    """A new encoder whose token embeddings come from the SVD."""
    torch.manual_seed(config.seed)
    model = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=len(tokenizer), hidden_size=config.width, num_hidden_layers=config.layers, num_attention_heads=config.heads,
            intermediate_size=4 * config.width, max_position_embeddings=config.positions + 2, type_vocab_size=1,
            bos_token_id=0, pad_token_id=1, eos_token_id=2, layer_norm_eps=1e-5,
            attention_probs_dropout_prob=0.0,
        )
    )
    saved = work / "svd.pt"
    if not saved.exists():
        _say("Token embeddings by truncated SVD.")
        columns = [(list(unit.values()), WEIGHTS[kind]) for kind, of_kind in units.items() for unit in of_kind]
        width = config.width - positions_apart(config.width)
        vectors = svd_embeddings([c for c, _ in columns], [w for _, w in columns], len(tokenizer), width, config.seed)
        torch.save(vectors, work / "svd.pt.tmp")
        (work / "svd.pt.tmp").replace(saved)
    look_for_equals(model, torch.load(saved, weights_only=True))
    return model


Curve = list[dict[str, float]]
"""A row every 50 steps and at the end: the step, and the running mean of every objective's loss."""


def _train(config: PretrainConfig, network: Any, draw: Batches, work: Path) -> Curve:
    """The loop. Everything random in a step comes from the seed and the step's number, so a resumed run agrees."""
    embeddings = list(network["encoder"].roberta.embeddings.parameters())
    peaks = (config.embedding_rate, config.learning_rate)
    groups = [{"params": embeddings}, {"params": [p for p in network.parameters() if all(p is not e for e in embeddings)]}]
    optimizer = torch.optim.AdamW(groups, lr=1.0, weight_decay=0.01, foreach=True)
    step, means, curve = _resume(network, optimizer, work)
    shares = (config.detection, config.ranking, config.alignment, max(0.0, 1 - config.detection - config.ranking - config.alignment))
    network.train()
    started, first = time.monotonic(), step
    while step < config.steps:
        rng = random.Random(f"{config.seed}-{step}")
        torch.manual_seed(rng.getrandbits(62))
        kind = "copying" if step < config.copying else rng.choices(KINDS, shares)[0]
        loss = _loss(config, network, draw, kind, rng)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * min((step + 1) / 200, 1.0) * max(0.02, 1 - step / config.steps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        means[kind] = 0.95 * means.get(kind, loss.item()) + 0.05 * loss.item()
        if step % 50 == 0 or step == config.steps:
            left = (time.monotonic() - started) / (step - first) * (config.steps - step)
            curve.append({"step": step, **{name: round(value, 4) for name, value in sorted(means.items())}})
            shown = "  ".join(f"{name} {value:.3f}" for name, value in sorted(means.items()))
            _say(f"step {step}/{config.steps}  {shown}  {left / 60:.0f} min left")
        if step % config.save_every == 0 or step == config.steps:
            _save({"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "means": means, "curve": curve}, work)
    return curve


def _loss(config: PretrainConfig, network: Any, draw: Batches, kind: str, rng: random.Random) -> Tensor:
    if kind == "ranking":
        return ranking_loss(network["encoder"], *draw.ranking(config.ranking_batch, config.miniature_share / 2, rng, config.neighbours))
    if kind == "detection":
        return changed_word_loss(network["encoder"], network["detector"], *draw.detection(config.detection_batch, rng))
    if kind == "alignment":
        return alignment_loss(network["encoder"], *draw.alignment(config.alignment_batch, rng))
    if kind == "copying":
        return changed_word_loss(network["encoder"], network["detector"], *draw.copying(2 * config.detection_batch, rng))
    ids, mask = draw.masked(config.masked_batch, config.miniature_share, rng)
    return masked_lm_loss(network["encoder"], ids, mask, choose_masked(ids, rng.choice((0.15, 0.3))))


def _save(state: dict[str, Any], work: Path) -> None:
    """Write the state beside and rename it, so that a kill never leaves half a state."""
    torch.save(state, work / "state.pt.tmp")
    (work / "state.pt.tmp").replace(work / "state.pt")


def _resume(network: nn.ModuleDict, optimizer: torch.optim.Optimizer, work: Path) -> tuple[int, dict[str, float], Curve]:
    """The step, the running means and the curve so far, from the saved state where there is one."""
    if not (work / "state.pt").exists():
        return 0, {}, []
    state = torch.load(work / "state.pt", weights_only=True)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    _say(f"Resuming after step {state['step']}.")
    return int(state["step"]), state["means"], state["curve"]
