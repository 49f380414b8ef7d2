"""Trains and pretrains in child processes that are killed without warning. Used by the fixture `killed`.

Usage: python -m tests.killed MODEL FOLDER. Leaves FOLDER/VARIANT.pt for the variants of test_training, killed at their eleventh
step, and FOLDER/STEP/encoder.work for pretrainings killed at their third and tenth step.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch._dynamo  # torch and transformers import these late: once here instead of in every child
import transformers.models.xlm_roberta.modeling_xlm_roberta  # noqa: F401

from engine import data
from engine.perturbations import neighbours
from engine.pretraining import loop as pretraining_loop
from engine.pretraining import pretrain
from engine.training import loop
from tests.test_pretraining import TINY
from tests.test_training import SIXTY, VARIANTS, train


def killer(step: int) -> Callable[..., bool]:
    """A function that kills its process when it is called for the `step`th time."""
    calls: list[int] = []

    def count(*given: object) -> bool:
        calls.append(1)
        if len(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    return count


def pretrain_killed(step: int, out: Path) -> None:
    kill, real = killer(step), pretraining_loop._loss
    pretraining_loop._loss = lambda *given: kill() or real(*given)
    pretrain.pretrain(TINY, None, out)


def in_child(work: Callable[[], object]) -> None:
    """Do the work in a forked child, forked before torch computed anything, and insist that it was killed."""
    child = os.fork()
    if not child:
        work()
        os._exit(3)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        sys.exit(f"A child was not killed: {status}")


def main(model: str, folder: Path) -> None:
    torch.set_num_threads(1)
    loop.SAVE_SECONDS = 0.0
    for split in ("train", "dev"):
        data.examples(SIXTY, "en", split)  # read once for all children
    neighbours("en")
    for name, stage in VARIANTS.items():
        in_child(lambda name=name, stage=stage: train(model, stage, folder / f"{name}.pt", cancelled=killer(11)))
    for step in (3, 10):
        in_child(lambda step=step: pretrain_killed(step, folder / str(step) / "encoder"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
