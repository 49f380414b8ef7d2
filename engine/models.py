"""Loads models and predicts with them. The only file that imports `Auto*` classes.

Every use of a model goes through its lock: Captum's hooks are not thread-safe, a fast tokenizer keeps the padding and
truncation of its last call, and Streamlit runs each visitor in a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from engine import catalog, shared
from engine.errors import InputError
from engine.results import Example, Prediction

ROBERTA_POSITIONS = ("xlm-roberta", "roberta", "camembert", "xlm-roberta-xl", "xmod", "data2vec-text")
"""Families that count positions from the padding id, and so must be told them when embeddings are given instead of ids."""

SPARE = 0.8
"""Share of the rows of an embedding that a tokenizer names at least; published encoders have some rows to spare, for even sizes and pieces to come."""

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Model:
    """A tokenizer and a classification network with named labels. Thread-safe: see `predict` and `locked`."""

    name: str
    tokenizer: Any
    network: Any
    labels: tuple[str, ...]
    max_length: int
    device: torch.device
    lock: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)

    @contextmanager
    def locked(self) -> Iterator[Any]:
        """The network, for this thread alone, in evaluation mode."""
        with self.lock:
            self.network.eval()
            yield self.network

    def encode(self, examples: Sequence[Example]) -> Batch:
        """Token ids and masks of the examples, padded to the longest and cut at `max_length`. Tensors of shape (B, T)."""
        pairs = [e.text_pair for e in examples]
        if len({p is None for p in pairs}) > 1:
            raise InputError("Some examples have a second text and others have none; score them in separate calls.")
        with self.lock:
            encoded = self.tokenizer(
                [e.text for e in examples], None if None in pairs else pairs,
                truncation=True, max_length=self.max_length, padding=True, return_tensors="pt",
            )
        return {k: v.to(self.device) for k, v in encoded.items()}

    def truncated(self, example: Example) -> int:
        """How many tokens of the example do not fit the model."""
        with self.lock:
            length = len(self.tokenizer(example.text, example.text_pair, truncation=False, verbose=False)["input_ids"])
        return max(0, length - self.max_length)

    def predict(self, examples: Sequence[Example], batch_size: int = 32) -> list[Prediction]:
        """One prediction per example, in order. Equal texts are scored once; batches hold texts of about equal length."""
        keys = [(e.text, e.text_pair) for e in examples]
        distinct = {key: e for key, e in zip(keys, examples, strict=True)}
        order = sorted(distinct, key=lambda key: len(key[0]) + len(key[1] or ""))
        found: dict[tuple[str, str | None], Prediction] = {}
        for start in range(0, len(order), batch_size):
            some = order[start : start + batch_size]
            rows, lengths = self._scored([distinct[key] for key in some])
            for key, row, length in zip(some, rows, lengths, strict=True):
                named = dict(zip(self.labels, row, strict=True))
                cut = self.truncated(distinct[key]) if length >= self.max_length else 0
                found[key] = Prediction(max(named, key=named.__getitem__), named, cut)
        return [found[key] for key in keys]

    def _scored(self, examples: Sequence[Example]) -> tuple[list[list[float]], list[int]]:
        """Probabilities, and the number of tokens read, of every example."""
        with self.locked() as network, torch.inference_mode():
            batch = self.encode(examples)
            return torch.softmax(logits(network, batch).float(), dim=-1).tolist(), batch["attention_mask"].sum(1).tolist()


def position_ids(network: Any, ids: Tensor) -> Tensor | None:
    """Explicit positions for families that derive them from padding; None where plain counting is right. (B, T) -> (B, T).

    With embeddings given instead of ids, such a network cannot see padding and would number it as text.
    """
    config = network.config
    if config.model_type not in ROBERTA_POSITIONS:
        return None
    real = (ids != config.pad_token_id).long()
    return real.cumsum(1) * real + config.pad_token_id


def logits(network: Any, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
    """Logits of shape (B, labels), from ids or from word embeddings of shape (B, T, D) in their place."""
    extra = {k: v for k, v in batch.items() if k != "input_ids"}
    positions = position_ids(network, batch["input_ids"])
    if positions is not None:
        extra["position_ids"] = positions
    if embeddings is None:
        return network(input_ids=batch["input_ids"], **extra).logits
    return network(inputs_embeds=embeddings, **extra).logits


def device() -> torch.device:
    """The best device here: a CUDA GPU, Apple's GPU, or the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@contextmanager
def plain_attention(*networks: Any) -> Iterator[None]:
    """Attention as matrix products while training on a processor with bf16: over short texts, backward through PyTorch's fused attention takes more than
    half of a step there; over long ones, and in fp32, it gains nothing (docs/LOG.md). Elsewhere, and for networks without the choice, nothing changes."""
    slow = device().type == "cpu" and has_bf16(device())
    before = [(one, getattr(one.config, "_attn_implementation", None)) for one in networks if slow]
    try:
        with suppress(ValueError, AttributeError):
            for one, _ in before:
                one.set_attn_implementation("eager")
        yield
    finally:
        with suppress(ValueError, AttributeError):
            for one, kind in before:
                one.set_attn_implementation(kind)


@contextmanager
def precision(device: torch.device) -> Iterator[None]:
    """bf16 autocast where the hardware computes in it; fp32 elsewhere."""
    if has_bf16(device):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            yield
    else:
        yield


def has_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bf16 natively; emulated bf16 is slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def load(name: str, root: Path | None = None) -> Model:
    """A classification model by name: a shipped one, a finished run, a folder, or a hub id.

    Raises InputError when there is none, it has no named labels, or it is not stored as safetensors.
    """
    place = catalog.resolve(name, root)
    config = _config(name, place)
    if not any("ForSequenceClassification" in a for a in config.architectures or []):
        raise InputError(f"{name} is an encoder without a classification head; train it on a task first, then use the run.")
    labels = tuple(str(config.id2label[i]).strip().lower().replace(" ", "_") for i in range(config.num_labels))
    if all(label == f"label_{i}" for i, label in enumerate(labels)):
        raise InputError(f"{name} does not name its labels (LABEL_0 ...), so its predictions could be read wrongly; name them in its config.")
    network = load_network(name, place, labels)
    tokenizer = load_tokenizer(name, place, network)
    where = device()
    network.to(where).eval().requires_grad_(False)
    return Model(name, tokenizer, network, labels, max_length(tokenizer, network), where)


def load_encoder(name: str, root: Path | None = None) -> tuple[Any, Any]:
    """The tokenizer and the network without a head of an encoder by name, in fp32. Raises InputError when it cannot be loaded."""
    place = catalog.resolve(name, root)
    try:
        if (state := shared.weights(place, catalog.shareable())) is not None:
            network = AutoModel.from_config(AutoConfig.from_pretrained(place), dtype=torch.float32)
            lost = _read(network, {key.removeprefix(f"{network.base_model_prefix}."): weight for key, weight in state.items()})
        else:
            network, info = AutoModel.from_pretrained(place, use_safetensors=True, trust_remote_code=False, dtype=torch.float32, output_loading_info=True)
            lost = sorted(info["missing_keys"])
    except InputError:
        raise
    except Exception as error:  # safetensors, hub and config errors have no common base
        raise InputError(_not_loaded(name, place, error)) from error
    _complete(name, [key for key in lost if not key.startswith("pooler.")])
    return load_tokenizer(name, place, network), network.eval().requires_grad_(False)


def _config(name: str, place: str) -> Any:
    try:
        return AutoConfig.from_pretrained(place, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise InputError(_not_loaded(name, place, error)) from error


def _not_loaded(name: str, place: str, error: Exception) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if isinstance(error, SafetensorError):
        where = "" if name == place else f" in {place}"
        return f"The weights of {name}{where} cannot be read ({first[:250]}): the file is cut off or damaged; restore it, or download it again."
    return f"The model {name} could not be loaded: {first[:250]} Only safetensors without remote code are loaded; check the name and the network."


def load_network(name: str, place: str, labels: Sequence[str], any_head: bool = False) -> Any:
    """A sequence-classification network in fp32.

    With `any_head` a head that the files lack, or have for another number of labels, is new, drawn from torch's seed. Raises
    InputError where any other weight is missing: transformers would draw it at random without an error.
    """
    named: dict[str, Any] = {"id2label": dict(enumerate(labels)), "label2id": {v: i for i, v in enumerate(labels)}}
    try:
        if (state := shared.weights(place, catalog.shareable())) is not None:
            network = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(place, **named), dtype=torch.float32)
            unread = _read(network, state)
        else:
            network, info = AutoModelForSequenceClassification.from_pretrained(
                place, **named, use_safetensors=True, trust_remote_code=False, dtype=torch.float32, ignore_mismatched_sizes=any_head, output_loading_info=True
            )
            unread = sorted({*info["missing_keys"], *(key for key, *_ in info["mismatched_keys"])})
    except InputError:
        raise
    except Exception as error:  # safetensors, hub and config errors have no common base
        raise InputError(_not_loaded(name, place, error)) from error
    encoder = f"{network.base_model_prefix}."
    # Masked-language models are saved without a pooler, which belongs to the head.
    _complete(name, [k for k in unread if not any_head or (k.startswith(encoder) and ".pooler." not in k)])
    return network


def _complete(name: str, lost: Sequence[str]) -> None:
    """Raises InputError where weights are lost: transformers would draw them at random without an error."""
    if lost:
        raise InputError(f"The files of {name} lack {len(lost)} weights that its network needs, for example {lost[0]}; get complete files.")


def _read(network: Any, state: dict[str, Tensor]) -> list[str]:
    """Put weights into a network; the names of those that they lack or have in another shape."""
    own = network.state_dict()
    fitting = {k: v.float() for k, v in state.items() if k in own and own[k].shape == v.shape}
    network.load_state_dict(fitting, strict=False)
    return sorted(k for k in own if k not in fitting)


def load_tokenizer(name: str, place: str, network: Any) -> Any:
    """The fast tokenizer beside a network. Raises InputError when it is missing, or has more pieces than the network embeds, or far fewer.

    Where the files are missing, transformers makes a tokenizer of the special tokens alone, to which all text is unknown.
    """
    where = shared.tokenizer_place(place, catalog.shareable())
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
    except Exception as error:
        if (Path(where) / "tokenizer.json").is_file():
            raise InputError(f"The tokenizer of {name} cannot be read ({str(error).strip()[:200]}): {Path(where).name}/tokenizer.json is cut off or damaged; restore it, or download it again.") from error
        raise InputError(_not_loaded(name, place, error)) from error
    if not tokenizer.is_fast:
        raise InputError(f"The tokenizer of {name} gives no character offsets; attributions need a fast tokenizer.")
    if len(tokenizer) <= len(tokenizer.all_special_tokens) + 1:
        raise InputError(f"{name} has no tokenizer files (tokenizer.json) beside its network; get complete files.")
    rows = network.get_input_embeddings().num_embeddings
    if len(tokenizer) > rows:
        raise InputError(f"The tokenizer of {name} has {len(tokenizer)} pieces, but its network embeds {rows}: they do not belong together.")
    if len(tokenizer) < SPARE * rows:
        raise InputError(f"The tokenizer of {name} has {len(tokenizer)} pieces, far fewer than the {rows} that its network embeds: they do not belong together.")
    return tokenizer


def max_length(tokenizer: Any, network: Any) -> int:
    """The longest input in tokens that both tokenizer and network take."""
    positions = getattr(network.config, "max_position_embeddings", 512)
    if network.config.model_type in ROBERTA_POSITIONS:
        positions -= network.config.pad_token_id + 1
    return int(min(tokenizer.model_max_length, positions))


def new_head(network: Any, labels: Sequence[str]) -> Any:
    """A network with the same encoder weights and a new classification head for other labels."""
    config = type(network.config).from_dict(
        {**network.config.to_dict(), "id2label": dict(enumerate(labels)), "label2id": {v: i for i, v in enumerate(labels)}}
    )
    fresh = type(network)(config)
    encoder = network.base_model_prefix
    getattr(fresh, encoder).load_state_dict(getattr(network, encoder).state_dict())
    return fresh
