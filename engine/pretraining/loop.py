"""The loop of pretraining: steps of one objective each, drawn by seed and number, that can be killed anywhere and resume to the same weights."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from engine import models
from engine.pretraining.batches import Batches
from engine.pretraining.config import PretrainConfig
from engine.pretraining.objectives import alignment_loss, changed_word_loss, choose_masked, masked_lm_loss, ranking_loss
from engine.pretraining.teacher import Teacher, distillation_loss

Curve = list[dict[str, float]]
"""A row every 50 steps and at the end: the step, and the running mean of every objective's loss."""

KINDS = ("detection", "ranking", "alignment", "distillation", "masked")
REPORT = 50
WEIGHTS = {"detection": 2.0, "copying": 2.0, "distillation": 4.0}
"""Losses whose gradients are small beside the others', which clipping cuts to length one: weighted so that every objective moves about as far."""


def say(text: str) -> None:
    """A line to whoever watches."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Steps(Dataset[tuple[str, int, tuple[Tensor, ...]]]):
    """What every step trains on. Everything random in a step comes from the seed and the step's number, so it may be drawn in any process."""

    config: PretrainConfig
    draw: Batches
    teacher_tokenizer: Any
    first: int

    def __len__(self) -> int:
        return self.config.steps - self.first

    def __getitem__(self, index: int) -> tuple[str, int, tuple[Tensor, ...]]:
        """The objective of a step, the seed of what its network draws, and its batch."""
        config, step = self.config, self.first + index
        rng = random.Random(f"{config.seed}-{step}")
        seed = rng.getrandbits(62)
        shares = [getattr(config, kind) for kind in KINDS[:-1]]
        kind = "copying" if step < config.copying else rng.choices(KINDS, [*shares, max(0.0, 1 - sum(shares))])[0]
        torch.manual_seed(seed)
        return kind, seed, self._batch(kind, rng)

    def _batch(self, kind: str, rng: random.Random) -> tuple[Tensor, ...]:
        config, draw = self.config, self.draw
        match kind:
            case "ranking":
                return draw.ranking(config.ranking_batch, config.miniature_share / 2, rng, config.neighbours)
            case "detection":
                return draw.detection(config.detection_batch, rng)
            case "alignment":
                return draw.alignment(config.alignment_batch, rng)
            case "distillation":
                return draw.lesson(config.distillation_batch, rng, self.teacher_tokenizer)
            case "copying":
                return draw.copying(2 * config.detection_batch, rng)
        ids, mask = draw.masked(config.masked_batch, config.miniature_share, rng)
        return ids, mask, choose_masked(ids, rng.choice((0.15, 0.3)))


def train(config: PretrainConfig, network: Any, draw: Batches, work: Path, teacher: Teacher | None = None, workers: int = 0) -> Curve:
    """Train `network` (encoder, detector and the maps to the teacher) in place, on the best device there is; its learning curve.

    `workers` processes draw batches ahead, which changes no batch; 0 draws them between the steps.
    """
    with models.plain_attention(network["encoder"], *([teacher.network] if teacher else [])):
        return _train(config, network, draw, work, teacher, workers)


def _train(config: PretrainConfig, network: Any, draw: Batches, work: Path, teacher: Teacher | None, workers: int) -> Curve:
    where = models.device()
    network.to(where).train()
    if teacher:
        teacher.network.to(where)
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = config.dropout
    optimizer, peaks = _optimizer(config, network)
    step, means, curve = _resume(network, optimizer, work)
    losses: dict[str, list[Tensor]] = defaultdict(list)
    started, first = time.monotonic(), step
    for kind, seed, batch in _drawn(Steps(config, draw, teacher.tokenizer if teacher else None, step), workers):
        torch.manual_seed(seed)
        with models.precision(where):
            loss = _loss(network, teacher, kind, tuple(part.to(where, non_blocking=True) for part in batch))
            weighted = WEIGHTS.get(kind, 1.0) * loss
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * min((step + 1) / config.warmup, 1.0) * max(0.02, 1 - step / config.steps)
        optimizer.zero_grad(set_to_none=True)
        weighted.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses[kind].append(loss.detach())
        if step % REPORT == 0 or step == config.steps or step % config.save_every == 0:
            _average(means, losses)  # a look at the values waits for the device, so not at every step
        if step % REPORT == 0 or step == config.steps:
            left = (time.monotonic() - started) / (step - first) * (config.steps - step)
            curve.append({"step": step, **{name: round(value, 4) for name, value in sorted(means.items())}})
            say(f"step {step}/{config.steps}  {'  '.join(f'{k} {v:.3f}' for k, v in sorted(means.items()))}  {left / 60:.1f} min left")
        if step % config.save_every == 0 or step == config.steps:
            _save({"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "means": means, "curve": curve}, work)
    network.to("cpu")
    return curve


def _drawn(steps: Steps, workers: int) -> Iterator[tuple[str, int, tuple[Tensor, ...]]]:
    """Every step's batch in order; by other processes ahead of time where there are workers."""
    if not workers:
        return (steps[i] for i in range(len(steps)))
    return iter(DataLoader(
        steps, batch_size=None, num_workers=workers, prefetch_factor=4, multiprocessing_context="fork", worker_init_fn=_one_thread,
    ))  # fmt: skip


def _one_thread(worker: int) -> None:
    """Tokenizers' threads do not survive a fork: a call that waited for them would wait for ever."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _optimizer(config: PretrainConfig, network: Any) -> tuple[torch.optim.Optimizer, tuple[float, float]]:
    """AdamW over embeddings and all else, and the peak rate of each."""
    embeddings = list(network["encoder"].roberta.embeddings.parameters())
    groups = [{"params": embeddings}, {"params": [p for p in network.parameters() if all(p is not e for e in embeddings)]}]
    return torch.optim.AdamW(groups, lr=1.0, weight_decay=0.01, fused=True), (config.embedding_rate, config.learning_rate)


def _loss(network: Any, teacher: Teacher | None, kind: str, batch: tuple[Any, ...]) -> Tensor:
    encoder = network["encoder"]
    if kind == "ranking":
        return ranking_loss(encoder, *batch)
    if kind in ("detection", "copying"):
        return changed_word_loss(encoder, network["detector"], *batch)
    if kind == "alignment":
        return alignment_loss(encoder, *batch)
    if kind == "distillation" and teacher:
        return distillation_loss(encoder, network["maps"], teacher, batch)
    return masked_lm_loss(encoder, *batch)


def _average(means: dict[str, float], losses: dict[str, list[Tensor]]) -> None:
    """Fold new losses into the running means, and forget them."""
    for kind, some in losses.items():
        for value in torch.stack(some).tolist() if some else ():
            means[kind] = 0.95 * means.get(kind, value) + 0.05 * value
    losses.clear()


def _save(state: dict[str, Any], work: Path) -> None:
    """Write the state beside and rename it, so that a kill never leaves half a state."""
    torch.save(state, work / "state.pt.tmp")
    (work / "state.pt.tmp").replace(work / "state.pt")


def _resume(network: nn.ModuleDict, optimizer: torch.optim.Optimizer, work: Path) -> tuple[int, dict[str, float], Curve]:
    """The step, the running means and the curve so far, from the saved state where there is one."""
    if not (work / "state.pt").exists():
        return 0, {}, []
    state = torch.load(work / "state.pt", weights_only=True, map_location=next(network.parameters()).device)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    say(f"Resuming after step {state['step']}.")
    return int(state["step"]), state["means"], state["curve"]
