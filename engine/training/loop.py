"""One stage of training: a plain loop that can be killed at any step and resumes to the same weights."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from engine import files
from engine.config import Stage
from engine.errors import InputError
from engine.models import Model, precision
from engine.results import Example
from engine.training import consistency
from engine.training.batches import development_set, epoch_batches, shares, training_sets
from engine.training.objectives import OBJECTIVES

SAVE_SECONDS = 15.0


class Cancelled(Exception):  # noqa: N818  it is no error
    """The run was asked to stop; its state is saved."""


@dataclass
class State:
    """What a resumed stage needs besides the weights."""

    step: int = 0
    best: float = -1.0
    checks_without_gain: int = 0
    tokens: int = 0
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True)
class Watcher:
    """How a stage reports and is stopped. All calls are cheap."""

    progress: Callable[..., None]
    cancelled: Callable[[], bool]
    resume: Path
    """File that the state is kept in."""


def train_stage(model: Model, stage: Stage, number: int, seed: int, watch: Watcher) -> State:
    """Train the network in place and leave the weights that were best on source-language development data in it."""
    sets = training_sets(stage)
    development = development_set(stage)
    steps_per_epoch = -(-sum(shares([len(s) for s in sets], stage.mixing)) // stage.batch_size)  # rounded up
    known = consistency.translations(stage, sets) if stage.consistency else {}
    network = model.network.requires_grad_(True)
    _freeze(network, stage.frozen)
    optimizer = _optimizer(network, stage)
    optimizer.zero_grad(set_to_none=True)  # an earlier stage that stopped early may have left a part of an accumulation
    state = _load(watch.resume, network, optimizer, number)
    clock = _Clock(state.step, steps_per_epoch * stage.epochs)
    for epoch in range(state.step // steps_per_epoch, stage.epochs):
        if state.stopped:
            break
        batches = epoch_batches(sets, stage, f"{seed}-{number}-{epoch}")
        for index in range(state.step - epoch * steps_per_epoch, len(batches)):
            loss = _step(model, stage, batches[index], known, state.step, number, seed, optimizer, steps_per_epoch * stage.epochs)
            state.step += 1
            state.tokens += loss.tokens
            last = index + 1 == len(batches)
            accuracy = _check(model, development, state, stage) if last and development else None
            clock.report(watch, number, state.step, loss.value, accuracy, force=last)
            if watch.cancelled():
                _save(watch.resume, network, optimizer, state, number)
                raise Cancelled
            if clock.save_due(last):
                _save(watch.resume, network, optimizer, state, number)
    if state.best_weights:
        network.load_state_dict(state.best_weights)
    return state


def _freeze(network: Any, what: str) -> None:
    """Fix a part of the network.

    Freezing the lower layers often helps zero-shot transfer (Wu and Dredze 2019); a first stage that trains the head alone keeps
    a second one from distorting what the encoder knows of other languages (Kumar et al. 2022, linear probing then fine-tuning).
    """
    if what == "nothing":
        return
    if what == "encoder":
        network.base_model.requires_grad_(False)
        return
    network.base_model.embeddings.requires_grad_(False)
    if what == "lower half":
        layers = next((m for m in network.base_model.modules() if isinstance(m, torch.nn.ModuleList)), torch.nn.ModuleList())
        if len(layers) < 2:
            raise InputError("This encoder has no stack of two or more layers of which a half could be frozen; freeze the embeddings, or nothing.")
        layers[: len(layers) // 2].requires_grad_(False)


@dataclass(frozen=True)
class _Loss:
    value: float
    tokens: int


def _step(
    model: Model, stage: Stage, batch: list[Example], known: consistency.Known, step: int, number: int, seed: int, optimizer: torch.optim.Optimizer, total: int
) -> _Loss:
    """One forward and backward pass, and an update every `accumulation` passes.

    Torch's generator is set from the seed and the step, so dropout and noise do not depend on what ran before.
    """
    objective, settings = OBJECTIVES[stage.objective.name], stage.objective
    rng = random.Random(f"{seed}-{number}-{step}")
    torch.manual_seed(rng.getrandbits(62))
    examples = [objective.augment(example, settings, rng) for example in batch]
    encoded = model.encode(examples)
    gold = torch.tensor([model.labels.index(e.label or "") for e in batch], device=model.device)
    model.network.train()
    with precision(model.device):
        loss = objective.loss(model.network, encoded, gold, settings)
        if pairs := consistency.drawn(batch, known, rng):
            loss = loss + stage.consistency * consistency.loss(model, pairs)
    (loss / stage.accumulation).backward()
    if (step + 1) % stage.accumulation == 0 or step + 1 == total:
        if stage.clip:
            torch.nn.utils.clip_grad_norm_(model.network.parameters(), stage.clip)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(stage, step, total)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    value = float(loss.detach())
    if value != value:
        raise InputError(f"The loss became NaN at step {step + 1}; lower the learning rate or the radius.")
    return _Loss(value, int(encoded["attention_mask"].sum()))


def learning_rate(stage: Stage, step: int, total: int) -> float:
    """Linear warm-up to the peak over the first share of the steps, then linear decay to zero."""
    warm = max(1, round(stage.warmup * total))
    if step < warm:
        return stage.learning_rate * (step + 1) / warm
    return stage.learning_rate * (total - step) / max(1, total - warm)


def _optimizer(network: Any, stage: Stage) -> torch.optim.Optimizer:
    """AdamW; biases and norms are not decayed."""
    decayed = [p for p in network.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in network.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": stage.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, fused=True)


def _check(model: Model, development: list[Example], state: State, stage: Stage) -> float:
    """Accuracy on development data; keeps the best weights and counts checks without a gain."""
    predicted = model.predict(development, batch_size=64)
    accuracy = sum(p.label == e.label for p, e in zip(predicted, development, strict=True)) / len(development)
    if accuracy > state.best:
        state.best, state.checks_without_gain = accuracy, 0
        state.best_weights = {k: v.detach().clone() for k, v in model.network.state_dict().items()}
    else:
        state.checks_without_gain += 1
        state.stopped = bool(stage.patience) and state.checks_without_gain >= stage.patience
    return accuracy


class _Clock:
    """When to report and when to save."""

    def __init__(self, first: int, total: int) -> None:
        self.first, self.total = first, total
        self.started = self.reported = self.saved = time.monotonic()
        self.losses: list[float] = []

    def report(self, watch: Watcher, stage: int, step: int, loss: float, accuracy: float | None, force: bool) -> None:
        """Write a progress line about once a second, with the mean loss since the last one and the time that remains."""
        self.losses.append(loss)
        now = time.monotonic()
        if not force and now - self.reported < 1.0:
            return
        seconds = now - self.started
        remaining = seconds / max(1, step - self.first) * (self.total - step)
        mean = sum(self.losses) / len(self.losses)
        extra = {} if accuracy is None else {"dev_accuracy": accuracy}
        watch.progress(phase="train", stage=stage, step=step, steps=self.total, loss=mean, seconds=seconds, remaining=remaining, **extra)
        self.reported, self.losses = now, []

    def save_due(self, force: bool) -> bool:
        if force or time.monotonic() - self.saved >= SAVE_SECONDS:
            self.saved = time.monotonic()
            return True
        return False


def _save(path: Path, network: Any, optimizer: torch.optim.Optimizer, state: State, number: int) -> None:
    gradients = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    values = {"stage": number, "network": network.state_dict(), "optimizer": optimizer.state_dict(), "state": vars(state), "gradients": gradients}
    files.write_atomically(path, lambda temporary: torch.save(values, temporary))


def _load(path: Path, network: Any, optimizer: torch.optim.Optimizer, number: int) -> State:
    """The saved state of this stage, put into network and optimizer; a fresh one where there is none."""
    saved = saved_stage(path)
    if saved != number:
        return State()
    values = torch.load(path, weights_only=True, map_location=next(network.parameters()).device)
    network.load_state_dict(values["network"])
    optimizer.load_state_dict(values["optimizer"])
    for name, parameter in network.named_parameters():
        parameter.grad = values["gradients"].get(name)
    return State(**values["state"])


def saved_stage(path: Path) -> int:
    """The stage that a resume file belongs to; -1 where there is none. Raises InputError for a damaged one."""
    if not path.exists():
        return -1
    try:
        return int(torch.load(path, weights_only=True, map_location="cpu")["stage"])
    except Exception as error:
        raise InputError(f"The saved state {path.name} is damaged ({type(error).__name__}); delete it to start this run again.") from error
