"""Size of an encoder, and how it is pretrained."""

from __future__ import annotations

from dataclasses import dataclass

from engine import settings
from engine.errors import InputError
from engine.settings import setting


@dataclass(frozen=True)
class PretrainConfig:
    """Size of the encoder and length of its pretraining."""

    vocabulary: int = setting(28_000, "Pieces of the tokenizer.", low=300)
    width: int = setting(384, "Width of embeddings and hidden states.", low=8)
    layers: int = setting(4, "Transformer layers.", low=1)
    heads: int = setting(12, "Attention heads.", low=1)
    positions: int = setting(256, "Longest input in tokens.", low=16)
    inherited: bool = setting(False, "Begin with layers of the teacher and token vectors fitted to its vocabulary, in place of the SVD (see inherited).")
    shared_layers: int = setting(0, "Lowest layers that are, with the embeddings, those of the encoder given by --share or --start and stay as they are.", low=0)
    scenes: int = setting(8_000, "Miniature scenes, each said twice in every language.", low=1)
    verses: int = setting(30_000, "Bible verses that are read at most, spread evenly.", low=0)
    verse_share: float = setting(0.5, "Share of real texts that are verses, in languages that have other text as well.", low=0.0, high=1.0)
    entries: int = setting(8_000, "Dictionary entries per language, the commonest ones.", low=0)
    text_length: int = setting(48, "Tokens of a text that are read.", low=4)
    miniature_share: float = setting(0.4, "Share of masked-LM batches from the miniature (half of it in ranking); the others are real text.", low=0.0, high=1.0)
    steps: int = setting(5_000, "Steps in all.", low=1)
    copying: int = setting(200, "Steps at the start that detect exchanged tokens in copies, before any language is needed.", low=0)
    detection: float = setting(0.35, "Share of steps that detect changed words (miniature only).", low=0.0, high=1.0)
    ranking: float = setting(0.25, "Share of steps of translation ranking.", low=0.0, high=1.0)
    alignment: float = setting(0.25, "Share of steps of word alignment (miniature and dictionaries).", low=0.0, high=1.0)
    distillation: float = setting(0.0, "Share of steps that match a teacher of English (--teacher); the rest is masked LM and translation LM.", low=0.0, high=1.0)
    ranking_batch: int = setting(64, "Translation pairs per ranking step.", low=2)
    masked_batch: int = setting(24, "Inputs per masked-LM step.", low=1)
    detection_batch: int = setting(40, "Pairs per detection step.", low=1)
    alignment_batch: int = setting(32, "Scenes, and as many dictionary entries, per alignment step.", low=2)
    distillation_batch: int = setting(48, "Texts per distillation step.", low=1)
    neighbours: float = setting(0.0, "Share of real ranking pairs that are no translations but follow each other in a text: what is near is alike in topic.", low=0.0, high=1.0)
    same_language: float = setting(0.25, "Share of detection pairs whose two sentences are in one language.", low=0.0, high=1.0)
    learning_rate: float = setting(7e-4, "Peak learning rate of the layers.", low=0.0)
    embedding_rate: float = setting(2e-4, "Peak learning rate of the embeddings; 1e-3 undoes their alignment.", low=0.0)
    dropout: float = setting(0.0, "Dropout of hidden states; a text that is seen a few times needs none.", low=0.0, high=0.9)
    warmup: int = setting(200, "Steps over which the learning rates rise; they fall linearly afterwards.", low=1)
    keep: float = setting(0.0, "Share of the encoder gone on from (--start) in the mean of weights that is written; a stretch loses less of what it does not train.", low=0.0, high=1.0)
    save_every: int = setting(250, "Steps between saved states.", low=1)
    seed: int = setting(1, "Seed.", low=0)

    def __post_init__(self) -> None:
        settings.check(self)
        if self.positions < 2 * self.text_length + 4:
            raise InputError(f"Two texts of {self.text_length} tokens do not fit {self.positions} positions; give {2 * self.text_length + 4} or more.")
        if self.shared_layers >= self.layers:
            raise InputError(f"Of {self.layers} layers at most {self.layers - 1} can be shared, not {self.shared_layers}: the others are trained.")
        if self.alignment and self.shared_layers >= max(1, self.layers // 2):
            raise InputError("Words are aligned at the middle layer, which would be shared and so not trained; share fewer layers, or set `alignment` to 0.")
        if self.detection + self.ranking + self.alignment + self.distillation > 1 + 1e-9:
            shares = f"detection ({self.detection}), ranking ({self.ranking}), alignment ({self.alignment}) and distillation ({self.distillation})"
            raise InputError(f"The shares of {shares} exceed 1; lower one of them.")


SIZES = {"tiny": PretrainConfig(layers=2), "mini": PretrainConfig(), "small": PretrainConfig(layers=6, learning_rate=5e-4)}
"""The sizes, over one tokenizer and one table of embeddings: as wide as each other and of two, four and six layers."""
