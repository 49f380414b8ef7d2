"""Trains every variant in a child process that is killed without warning at a step. Used by test_training.

Usage: killed_training.py MODEL FOLDER STEP. Variants and their settings are those of test_training.VARIANTS.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from engine import data
from engine.perturbations import neighbours
from engine.training import loop
from tests.test_training import SIXTY, VARIANTS, train


def main(model, folder, step):
    torch.set_num_threads(1)
    loop.SAVE_SECONDS = 0.0
    for split in ("train", "dev"):
        data.examples(SIXTY, "en", split)  # read once for all children
    neighbours("en")
    for name, stage in VARIANTS.items():
        child = os.fork()  # before torch computed anything, so no thread is lost
        if not child:
            asked = []

            def kill(asked=asked):
                asked.append(1)
                if len(asked) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return False

            train(model, stage, Path(folder) / f"{name}.pt", cancelled=kill)
            os._exit(3)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"{name} was not killed: {status}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
