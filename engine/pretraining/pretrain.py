"""One resumable command from raw parallel text to an encoder folder: tokenizer, SVD, translation ranking, masked LM."""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import settings
from engine.pretraining.corpus import Unit, miniature_units, real_units
from engine.pretraining.initial import svd_embeddings
from engine.pretraining.objectives import choose_masked, masked_lm_loss, ranking_loss
from engine.pretraining.tokenizer import train_tokenizer
from engine.settings import setting


@dataclass(frozen=True)
class PretrainConfig:
    """Size of the encoder and length of its pretraining."""

    vocabulary: int = setting(20_000, "Pieces of the tokenizer.", low=300)
    width: int = setting(192, "Width of embeddings and hidden states.", low=8)
    layers: int = setting(4, "Transformer layers.", low=1)
    heads: int = setting(4, "Attention heads.", low=1)
    positions: int = setting(256, "Longest input in tokens.", low=16)
    scenes: int = setting(20_000, "Miniature scenes, each said twice in every language.", low=1)
    text_length: int = setting(40, "Tokens of a text that are read.", low=4)
    miniature_share: float = setting(0.5, "Share of batches from the miniature; the others are real text.", low=0.0, high=1.0)
    ranking_steps: int = setting(900, "Steps of translation ranking alone.", low=0)
    masked_steps: int = setting(3_000, "Steps of masked LM and translation LM, with some ranking kept in.", low=0)
    ranking_batch: int = setting(64, "Translation pairs per ranking step.", low=2)
    masked_batch: int = setting(32, "Inputs per masked-LM step.", low=1)
    ranking_kept: float = setting(0.15, "Share of the masked-LM steps that are ranking steps, which keeps languages aligned.", low=0.0, high=1.0)
    ranking_rate: float = setting(4e-4, "Peak learning rate of ranking.", low=0.0)
    masked_rate: float = setting(5e-4, "Peak learning rate of masked LM; 1e-3 undoes the alignment.", low=0.0)
    save_every: int = setting(250, "Steps between saved states.", low=1)
    seed: int = setting(1, "Seed.", low=0)

    def __post_init__(self) -> None:
        settings.check(self)


Tokens = dict[str, list[int]]
"""A unit as token ids by version."""


def pretrain(config: PretrainConfig, data: Path | None, out: Path) -> None:
    """Write an encoder folder (Hugging Face format) to `out`; a state beside it resumes after a kill to the same weights.

    `data` is the folder of real text (see corpus); None trains on the miniature alone. Raises InputError when it holds none.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = out.with_name(out.name + ".work")
    work.mkdir(exist_ok=True)
    tokenizer, miniature, real = _tokens(config, data, work)
    model = _model(config, tokenizer, miniature + real, work)
    _train(config, model, miniature, real, work)
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "pretraining.json").write_text(json.dumps(settings.to_dict(config), indent=1) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tokens(config: PretrainConfig, data: Path | None, work: Path) -> tuple[PreTrainedTokenizerFast, list[Tokens], list[Tokens]]:
    """Tokenizer and tokenised units, from the work folder where an earlier try left them."""
    units = list(miniature_units(config.scenes, config.seed))
    texts = list(real_units(data)) if data else []
    if (work / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(work)
    else:
        _say(f"Training a tokenizer of {config.vocabulary} pieces.")
        tokenizer = train_tokenizer(_sample(units, texts, config.seed), config.vocabulary, config.positions)
        tokenizer.save_pretrained(work)
    return tokenizer, _tokenise(units, tokenizer, config), _tokenise(texts, tokenizer, config)


def _sample(miniature: list[Unit], real: list[Unit], seed: int) -> list[str]:
    """Text for the tokenizer: about as much of every language, so that no script is starved."""
    rng = random.Random(seed)
    by_language: dict[str, list[str]] = {}
    for unit in real:
        for version, text in unit.items():
            by_language.setdefault(version[:2], []).append(text)
    chosen = [t for texts in by_language.values() for t in rng.sample(texts, min(len(texts), 5_000))]
    return chosen + [t for unit in rng.sample(miniature, min(len(miniature), 3_000)) for t in unit.values()]


def _tokenise(units: list[Unit], tokenizer: PreTrainedTokenizerFast, config: PretrainConfig) -> list[Tokens]:
    versions = [(i, v) for i, unit in enumerate(units) for v in unit]
    found: list[Tokens] = [{} for _ in units]
    for part in _batched(versions, 20_000):
        ids = tokenizer([units[i][v] for i, v in part], add_special_tokens=False, truncation=True, max_length=config.text_length)
        for (i, version), tokens in zip(part, ids["input_ids"], strict=True):
            found[i][version] = tokens
    return found


def _batched(items: list[tuple[int, str]], size: int) -> list[list[tuple[int, str]]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def _model(config: PretrainConfig, tokenizer: PreTrainedTokenizerFast, units: list[Tokens], work: Path) -> XLMRobertaForMaskedLM:
    """A new encoder whose token embeddings come from the SVD."""
    torch.manual_seed(config.seed)
    model = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=len(tokenizer), hidden_size=config.width, num_hidden_layers=config.layers, num_attention_heads=config.heads,
            intermediate_size=4 * config.width, max_position_embeddings=config.positions + 2, type_vocab_size=1,
            bos_token_id=0, pad_token_id=1, eos_token_id=2, layer_norm_eps=1e-5,
        )
    )
    saved = work / "svd.pt"
    if not saved.exists():
        _say("Token embeddings by truncated SVD.")
        torch.save(svd_embeddings([list(u.values()) for u in units], len(tokenizer), config.width, config.seed), saved)
    with torch.no_grad():
        model.roberta.embeddings.word_embeddings.weight.copy_(torch.load(saved, weights_only=True))
    return model


def _train(config: PretrainConfig, model: XLMRobertaForMaskedLM, miniature: list[Tokens], real: list[Tokens], work: Path) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=0.01, foreach=True)
    total = config.ranking_steps + config.masked_steps
    step = _resume(model, optimizer, work)
    model.train()
    started, first = time.monotonic(), step
    losses = {"ranking": 0.0, "masked": 0.0}
    while step < total:
        rng = random.Random(f"{config.seed}-{step}")
        torch.manual_seed(config.seed * 1_000_003 + step)  # dropout
        units = miniature if not real or rng.random() < config.miniature_share else real
        kind = "ranking" if step < config.ranking_steps or rng.random() < config.ranking_kept else "masked"
        loss = _loss(config, model, units, kind, rng)
        for group in optimizer.param_groups:
            group["lr"] = _rate(config, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses[kind] = 0.98 * losses[kind] + 0.02 * loss.item()
        if step % 50 == 0:
            left = (time.monotonic() - started) / (step - first) * (total - step)
            _say(f"step {step}/{total}  ranking {losses['ranking']:.3f}  masked {losses['masked']:.3f}  {left / 60:.0f} min left")
        if step % config.save_every == 0 or step == total:
            _save(model, optimizer, step, work)


def _loss(config: PretrainConfig, model: XLMRobertaForMaskedLM, units: list[Tokens], kind: str, rng: random.Random) -> Tensor:
    generator = torch.Generator().manual_seed(rng.getrandbits(40))
    if kind == "ranking":
        pairs = _alike(units, config.ranking_batch, rng)
        ids, mask = _padded([[0, *a, 2] for a, _ in pairs] + [[0, *b, 2] for _, b in pairs])
        return ranking_loss(model, ids, mask)
    pairs = _alike(units, config.masked_batch * (3 if _short(units) else 1), rng)
    ids, mask = _padded([[0, *a, 2] if rng.random() < 0.1 else [0, *a, 2, 2, *b, 2] for a, b in pairs])
    return masked_lm_loss(model, ids, mask, choose_masked(ids, rng.choice((0.15, 0.3)), generator), generator)


def _alike(units: list[Tokens], size: int, rng: random.Random) -> list[tuple[list[int], list[int]]]:
    """Pairs of versions of about equal length, so that little is padding: a run out of four times as many, sorted."""
    drawn = sorted((_two(rng.choice(units), rng) for _ in range(4 * size)), key=lambda pair: len(pair[0]) + len(pair[1]))
    start = rng.randrange(3 * size + 1)
    return drawn[start : start + size]


def _short(units: list[Tokens]) -> bool:
    """Whether the texts are short, as the miniature's are: then more of them fit one step."""
    return len(next(iter(units[0].values()))) < 20


def _two(unit: Tokens, rng: random.Random) -> tuple[list[int], list[int]]:
    """Two versions of one unit, in random order."""
    first, second = rng.sample(list(unit), 2)
    return unit[first], unit[second]


def _padded(inputs: list[list[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, inputs))
    ids = torch.tensor([i + [1] * (longest - len(i)) for i in inputs])
    return ids, (ids != 1).long()


def _rate(config: PretrainConfig, step: int) -> float:
    """Linear warm-up over 5% and linear decay to a tenth, once for each of the two phases."""
    ranking = step < config.ranking_steps
    start, steps, peak = (
        (0, config.ranking_steps, config.ranking_rate) if ranking else (config.ranking_steps, config.masked_steps, config.masked_rate)
    )
    done = (step - start + 1) / steps
    return peak * min(done / 0.05, 1.0) * max(0.1, 1 - 0.9 * done)


def _save(model: XLMRobertaForMaskedLM, optimizer: torch.optim.Optimizer, step: int, work: Path) -> None:
    """Write the state beside and rename it, so that a kill never leaves half a state."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, work / "state.pt.tmp")
    (work / "state.pt.tmp").replace(work / "state.pt")


def _resume(model: XLMRobertaForMaskedLM, optimizer: torch.optim.Optimizer, work: Path) -> int:
    if not (work / "state.pt").exists():
        return 0
    state = torch.load(work / "state.pt", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    _say(f"Resuming after step {state['step']}.")
    return int(state["step"])
