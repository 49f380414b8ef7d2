"""One resumable command from raw parallel text to an encoder folder: tokenizer, a start from an SVD or a teacher, then five objectives mixed."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import catalog, models, settings, shared
from engine.errors import InputError
from engine.miniature.scenes import scenes
from engine.pretraining import inherited
from engine.pretraining import teacher as teachers
from engine.pretraining.batches import Batches, Texts, Tokens, tokenise
from engine.pretraining.config import PretrainConfig
from engine.pretraining.corpus import dictionary_units, english_texts, miniature_units, real_units, verse_units
from engine.pretraining.further import SETTINGS, history, keep, load, read_to_share, share_weights
from engine.pretraining.initial import look_for_equals, positions_apart, svd_embeddings
from engine.pretraining.loop import say, train
from engine.pretraining.tokenizer import SPECIAL, train_tokenizer

CURVE = "pretraining.jsonl"
"""The learning curve beside an encoder: a row every 50 steps; that of the encoder gone on from comes first."""

WEIGHTS = {"real": 1.0, "miniature": 1.0, "words": 0.3}
"""Weight of a unit in the SVD. At full weight, dictionary entries drown running text: topics fell from 32 to 21% (docs/LOG.md)."""


def pretrain(
    config: PretrainConfig, data: Path | None, out: Path, tokenizer: Path | None = None, start: Path | None = None,
    teacher: Path | None = None, workers: int = 0, share: Path | None = None,
) -> None:
    """Write an encoder folder (Hugging Face format) to `out`; a state beside it resumes after a kill to the same weights.

    `data` is the folder of real text (see corpus); None trains on the miniature alone. `tokenizer` is a folder whose tokenizer is taken
    instead of training one; `start` one whose weights are gone on from as well, under a new learning-rate schedule, and of which `config.keep`
    stays in what is written (interpolated weights, Wortsman et al. 2022); `teacher` one to distil from (see teacher) and, with `config.inherited`, to begin as (see inherited); `workers` the processes that draw
    batches; `share` an encoder whose tokenizer, embeddings and `config.shared_layers` lowest layers are this one's too and stay as they are, under layers that
    are inherited; with `start`, `config.shared_layers` lowest layers and the embeddings of that encoder stay as they are. Raises InputError when `data` holds no text, when tokenizer, start,
    teacher or share do not fit, and for `keep` without `start`, `distillation` or `inherited` without `teacher`, `shared_layers` without `share` or `start`,
    `share` without `inherited` or `shared_layers`, `inherited` with `start`, or workers on a system without fork.
    """
    if config.keep and start is None:
        raise InputError("`keep` is the share of an encoder that is gone on from; give --start, or leave it 0.")
    if bool(config.distillation or config.inherited) != bool(teacher):
        raise InputError(
            "A teacher belongs with a share of steps that learn from it, `distillation`, or with `inherited`, which takes its layers; give --teacher and one of them, or neither."
        )
    if (share and not config.shared_layers) or (config.shared_layers and not (share or start)):
        raise InputError("`shared_layers` needs the encoder whose layers are shared: give it with --share, or go on from it with --start. --share needs `shared_layers` of 1 or more.")
    if share and not config.inherited:
        raise InputError("Above what is shared by --share an encoder begins with layers of a teacher; set `inherited` as well, or give --start in place of --share.")
    if workers and "fork" not in multiprocessing.get_all_start_methods():
        raise InputError("This system cannot fork, so batches cannot be drawn ahead by other processes; leave --workers out.")
    master = teachers.load(teacher) if teacher else None
    if config.inherited and master:
        _may_inherit(config, master, start)
    shape = (config.width, config.layers, config.heads, config.positions)
    made = _made(config, start, share, master)
    given_by = start or share
    lower = read_to_share(given_by, shape, config.shared_layers) if given_by and config.shared_layers else None
    begun = load(start, shape, config.seed, config.shared_layers) if start else None
    taken_from = given_by or tokenizer
    given = load_tokenizer(taken_from, config) if taken_from else None
    out.mkdir(parents=True, exist_ok=True)
    work = out.with_name(out.name + ".work")
    work.mkdir(exist_ok=True)
    _same_settings(made, work)
    texts = _texts(config, data)
    pieces, miniature, real, words = _tokens(config, texts, work, given)
    if begun:
        encoder = begun
    elif config.inherited and master:
        encoder = _inherited(config, texts, pieces, master, work, lower)
    else:
        encoder = _model(config, pieces, {"real": real, "miniature": miniature, "words": words}, work)
    if lower:
        share_weights(encoder, lower, config.shared_layers)
    torch.manual_seed(config.seed)  # the detector's weights
    network = nn.ModuleDict({"encoder": encoder, "detector": nn.Linear(config.width, 1)})
    if master:
        network["maps"] = teachers.heads(config.width, master)
    scenes_of = list(itertools.islice(scenes("train", config.seed), config.scenes))
    draw = Batches(pieces, texts, miniature, real, words, scenes_of, config.text_length, config.same_language, config.verse_share)
    curve = train(config, network, draw, work, master, workers)
    if start and config.keep:
        keep(encoder, load(start, shape, config.seed, config.shared_layers), config.keep)
    encoder.half().save_pretrained(out)
    pieces.backend_tokenizer.no_truncation()  # it would keep the last length that it was used with,
    pieces.backend_tokenizer.no_padding()  # and whether it padded
    pieces.save_pretrained(out)
    (out / SETTINGS).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    earlier = [json.loads(line) for line in (start / CURVE).read_text(encoding="utf-8").splitlines()] if start and (start / CURVE).exists() else []
    rows = earlier + [row | {"step": row["step"] + (earlier[-1]["step"] if earlier else 0)} for row in curve]
    (out / CURVE).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _made(config: PretrainConfig, start: Path | None, share: Path | None, teacher: teachers.Teacher | None) -> dict[str, Any]:
    """How an encoder was made: its settings, those of the encoders that it went on from (`start`) or shares weights with (`share`), and its teacher's weights."""
    others = {name: history(folder) for name, folder in (("start", start), ("share", share)) if folder}
    return settings.to_dict(config) | others | ({"teacher": teacher.sha256} if teacher else {})


def _same_settings(made: dict[str, Any], work: Path) -> None:
    """Refuse to go on from a state that other settings left behind."""
    text = json.dumps(made, indent=1)
    recorded = work / "settings.json"
    if recorded.exists() and recorded.read_text(encoding="utf-8") != text:
        raise InputError(f"{work} holds the state of a pretraining with other settings; delete that folder, or choose another --out.")
    recorded.write_text(text, encoding="utf-8")


def load_tokenizer(folder: Path, config: PretrainConfig) -> PreTrainedTokenizerFast:
    """The tokenizer of an encoder folder. Raises InputError where it has none, one of another layout or size, or one of another encoder."""
    place = Path(shared.tokenizer_place(str(folder), catalog.shareable()))
    if not (place / "tokenizer.json").is_file():
        raise InputError(f"There is no tokenizer.json in {folder}; give --tokenizer the folder of an encoder, or leave it out to train one.")
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(place)
    except Exception as error:
        raise InputError(f"The tokenizer in {folder} cannot be read ({str(error).strip()[:200]}): tokenizer.json is cut off or damaged; restore it.") from error
    if tokenizer.convert_tokens_to_ids(SPECIAL) != list(range(len(SPECIAL))) or len(tokenizer) > config.vocabulary:
        raise InputError(f"The tokenizer in {folder} does not fit: it must begin with {' '.join(SPECIAL)} and have at most {config.vocabulary} pieces.")
    rows = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("vocab_size") if (folder / "config.json").is_file() else None
    if rows and not models.SPARE * rows <= len(tokenizer) <= rows:
        raise InputError(f"The tokenizer in {folder} has {len(tokenizer)} pieces, but the encoder beside it embeds {rows}: they do not belong together; get complete files.")
    return tokenizer


def _texts(config: PretrainConfig, data: Path | None) -> Texts:
    """All text that is read. Raises InputError where a folder holds none that is parallel."""
    if data is None:
        return Texts(list(miniature_units(config.scenes, config.seed)), [], [], [])
    verses = verse_units(data, config.verses)
    real = [*verses, *real_units(data)]
    if all(len(unit) == 1 for unit in real):
        raise InputError(f"No parallel text under {data}: expected parallel/bible, parallel/ntrex, sib200 or xquad there.")
    words = list(dictionary_units(data, real, config.entries))
    return Texts(list(miniature_units(config.scenes, config.seed)), real, words, list(english_texts(data)), len(verses))


def _tokens(
    config: PretrainConfig, texts: Texts, work: Path, tokenizer: PreTrainedTokenizerFast | None
) -> tuple[PreTrainedTokenizerFast, list[Tokens], list[Tokens], list[Tokens]]:
    """Tokenizer and tokenised units of the miniature, of real text and of dictionaries; the tokenizer is kept in the work folder."""
    if (work / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(work)
    elif tokenizer is None:
        say(f"Training a tokenizer of {config.vocabulary} pieces.")
        tokenizer = train_tokenizer(_sample(texts, config.seed), config.vocabulary, config.positions)
    tokenizer.model_max_length = config.positions
    tokenizer.save_pretrained(work)
    length = config.text_length
    return tokenizer, tokenise(texts.miniature, tokenizer, length), tokenise(texts.real, tokenizer, 4 * length), tokenise(texts.words, tokenizer, length)


def _sample(texts: Texts, seed: int) -> list[str]:
    """Text for the tokenizer: about as much of every language, so that no script is starved, and of English all there is without translation, for
    what an encoder learns in English it learns of whole words (docs/LOG.md)."""
    rng = random.Random(seed)
    by_language: dict[str, list[str]] = {}
    for unit in texts.real:
        for version, text in unit.items():
            by_language.setdefault(version[:2], []).append(text)
    chosen = [t for some in by_language.values() for t in rng.sample(some, min(len(some), 5_000))] + texts.english
    return chosen + [t for unit in rng.sample(texts.miniature, min(len(texts.miniature), 3_000)) for t in unit.values()]


def _may_inherit(config: PretrainConfig, teacher: teachers.Teacher, start: Path | None) -> None:
    """Refuse `inherited` where something else is there to begin with, or the teacher does not fit."""
    if start:
        raise InputError("`inherited` and --start both say where the weights begin; leave one of them out.")
    inherited.check(teacher, config.width, config.heads, config.layers, config.positions)


def _inherited(
    config: PretrainConfig, texts: Texts, tokenizer: PreTrainedTokenizerFast, teacher: teachers.Teacher, work: Path, lower: XLMRobertaForMaskedLM | None
) -> XLMRobertaForMaskedLM:
    """A new encoder that begins as its teacher, with the token vectors of `lower`, or with fitted ones, which are kept in the work folder, for the fit takes minutes."""
    saved = work / "inherited"
    if lower:
        torch.manual_seed(config.seed)  # the language-model head's weights
        vectors = lower.roberta.embeddings.word_embeddings.weight.detach()
        return inherited.student(texts, tokenizer, teacher, config.layers, config.positions, vectors)
    if not saved.exists():
        say("Token vectors by ridge regression on the teacher's.")
        torch.manual_seed(config.seed)  # the language-model head's weights
        inherited.student(texts, tokenizer, teacher, config.layers, config.positions).save_pretrained(work / "inherited.tmp")
        tokenizer.save_pretrained(work / "inherited.tmp")  # so that the start can be measured
        (work / "inherited.tmp").replace(saved)
    model: XLMRobertaForMaskedLM = XLMRobertaForMaskedLM.from_pretrained(saved, use_safetensors=True, dtype=torch.float32)
    return model


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
        say("Token embeddings by truncated SVD.")
        columns = [(list(unit.values()), WEIGHTS[kind]) for kind, of_kind in units.items() for unit in of_kind]
        width = config.width - positions_apart(config.width)
        vectors = svd_embeddings([c for c, _ in columns], [w for _, w in columns], len(tokenizer), width, config.seed)
        torch.save(vectors, work / "svd.pt.tmp")
        (work / "svd.pt.tmp").replace(saved)
    look_for_equals(model, torch.load(saved, weights_only=True))
    return model
