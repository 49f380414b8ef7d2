"""Writes splits of any source as Parquet and in the published format of their task, with a data card, and the miniature's alignments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engine import data, files, languages, tasks
from engine.config import TaskData
from engine.data import formats, miniature
from engine.errors import InputError, did_you_mean
from engine.miniature import lexicon
from engine.miniature.realisation import align
from engine.results import Example

CARDS = ("README.md", "DATA_CARD.md")
"""Names of the data card: the second where somebody else wrote the first."""
MARK = "<!-- Written by Babelproof's data export, which replaces it: keep notes of your own in another file. -->"
ALIGNMENTS = "alignments"
EARLIER = "Every split is there twice: as Parquet, and in the published format."
"""How cards of release 0.1.0 end, which lack the mark."""
SOURCE = "babelproof_source"
"""Where a Parquet file's metadata say what source it was exported from."""
UNKNOWN = "an unknown source"
"""What the card says of files of release 0.1.0, which lack those metadata."""


def export(sources: Sequence[TaskData], splits: Sequence[str], codes: Sequence[str], to: Path, aligned: str = "") -> list[Path]:
    """Write every split and language of every task to `to/<task>/`, and a card of all that was ever exported to `to`, the last of
    the files that are returned; `aligned` adds gold word alignments with that language.

    A language that has no such split (training data are English) is left out. Raises InputError when nothing is left, for data that
    cannot be read, when the folder cannot be written and when both names of the card are taken. No more than one language of one split
    is in memory, so a failure leaves what was written before it, every file whole, with a card that lists it, and no empty folder.
    """
    if aligned and any(source.source != "miniature" for source in sources):
        raise InputError("Gold alignments are known of the miniature alone; leave out --align, or export --source miniature.")
    if aligned and aligned not in lexicon.languages():
        raise InputError(did_you_mean(aligned, lexicon.languages(), "language of the miniature to align with"))
    new: list[Path] = []
    written: list[Path] = []
    try:
        card = _card_file(to)
        below = [folder for s in sources for folder in (to / s.task, to / ALIGNMENTS / s.task)]
        new = [folder for folder in (*below, to / ALIGNMENTS, to, *to.parents) if not folder.exists()]
        try:
            for source in sources:
                for path in _exported(source, splits, codes, to, aligned):
                    written.append(path)
        finally:
            if any(path.suffix == ".parquet" for path in written):
                _write(card, _card(to))
        if not written:
            which = f"{' or '.join(splits)} split of {' or '.join(s.task for s in sources)} in {', '.join(codes) or 'any language'}"
            raise InputError(f"{sources[0].source} has no {which}.")
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"The export to {to} failed: {getattr(error, 'strerror', None) or error}.") from error
    finally:
        for folder in new:
            with suppress(OSError, ValueError):
                folder.rmdir()
    return [*written, card]


def _exported(source: TaskData, splits: Sequence[str], codes: Sequence[str], to: Path, aligned: str) -> Iterator[Path]:
    """Each file once it is written; a language of a split is made whole before its first file is."""
    for code in codes or data.languages(source):
        for split in (s for s in splits if s in data.splits(source, code)):
            for path, content in _contents(source, split, code, to, aligned).items():
                _write(path, content)
                yield path


def _contents(source: TaskData, split: str, code: str, to: Path, aligned: str) -> dict[Path, str | pa.Table]:
    """What is written of a language of a split; the Parquet file, by which the card knows it, comes last."""
    examples = data.examples(source, code, split)
    data.forget(source)
    found: dict[Path, str | pa.Table] = {to / source.task / name: text for name, text in formats.published(source.task, split, code, examples).items()}
    if aligned and code != aligned:
        found[to / ALIGNMENTS / source.task / f"{split}.{code}-{aligned}.tsv"] = alignments(examples, aligned)
    found[to / source.task / f"{split}.{code}.parquet"] = table(examples).replace_schema_metadata({SOURCE: source.source})
    return found


def _write(path: Path, content: str | pa.Table) -> None:
    if isinstance(content, str):
        files.write_atomically(path, lambda beside: beside.write_text(content, encoding="utf-8"))
    else:
        files.write_atomically(path, lambda beside: pq.write_table(content, beside))


def table(examples: Sequence[Example]) -> pa.Table:
    """Examples as an Arrow table with a column per field; the answer's span as answer_start and answer_end."""
    rows = []
    for e in examples:
        row = asdict(e)
        answer = row.pop("answer") or (None, None)
        rows.append(row | {"words": list(e.words), "tags": list(e.tags), "choices": list(e.choices), "answer_start": answer[0], "answer_end": answer[1]})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "task", "language", "text", "text_pair", "language_pair", "label", "split", "domain", "question")]
    + [(name, pa.list_(pa.string())) for name in ("words", "tags", "choices")]
    + [(name, pa.int64()) for name in ("answer_start", "answer_end")]
)


def alignments(examples: Sequence[Example], other: str = "en") -> str:
    """A line for every sentence of the miniature's examples: the words of it and of its translation, separated by spaces, and
    the gold alignment in Pharaoh's format, pairs i-j of words counted from 0."""
    lines = [f"id\tsentence\twords\twords_{other}\talignment\n"]
    for e in examples:
        for number, (said, translated) in enumerate(miniature.parallel_sentences(e.task, e.split, e.id, e.language, other)):
            words = [" ".join(span.text for span in sentence.spans) for sentence in (said, translated)]
            lines.append("\t".join([e.id, str(number), *words, " ".join(f"{i}-{j}" for i, j in align(said, translated))]) + "\n")
    return "".join(lines)


# ---- The card


OWN = {
    "miniature": "# Babelproof miniature\n\n"
    "An authored, parallel benchmark: the same scenes in every language, with labels that are right by construction. The same id is the\n"
    "same item in every language. Licence: CC BY 4.0, the Babelproof authors. How it is made: docs/miniature.md of Babelproof.",
    "everyday": "# Babelproof everyday pairs\n\n"
    "Authored pairs such as people type, put into every language sentence by sentence. The same id is the same item in every language; training\n"
    "texts have labels in English alone. Licence: CC BY 4.0, the Babelproof authors. How they are made: docs/miniature.md of Babelproof.",
}
"""What the card says of sources that come with the project."""


def _card_file(to: Path) -> Path:
    """Where the card goes: over one of ours, or where nothing is. Raises InputError where other files have both its names."""
    for path in (to / name for name in CARDS):
        if not path.exists() or (path.is_file() and _ours(path.read_text(encoding="utf-8", errors="replace"))):
            return path
    raise InputError(f"{to} holds a {' and a '.join(CARDS)} that the export did not write; export to another folder, or rename one of them.")


def _ours(card: str) -> bool:
    return MARK in card or card.rstrip().endswith(EARLIER)


@dataclass(frozen=True)
class Held:
    """One exported split of a language, as its Parquet file says."""

    source: str
    task: str
    split: str
    language: str
    items: int


def _held(to: Path) -> Iterator[Held]:
    """All that was exported to a folder, by this call or an earlier one."""
    for path in sorted(to.glob("*/*.parquet")):
        with suppress(pa.ArrowException, OSError, KeyError, ValueError):
            metadata, (split, language) = pq.read_metadata(path), path.stem.split(".")
            if metadata.schema.to_arrow_schema().names != SCHEMA.names:
                continue
            source = (metadata.metadata or {}).get(SOURCE.encode(), UNKNOWN.encode()).decode()
            yield Held(source, tasks.TASKS[path.parent.name].name, split, language, metadata.num_rows)


def _card(to: Path) -> str:
    """A data card in the hub's form."""
    held = list(_held(to))
    sources = sorted({h.source for h in held})
    codes = sorted({h.language for h in held}, key=lambda code: (code != "en", code))
    own = bool(sources) and all(source in OWN for source in sources)
    head = [
        "---", "license: cc-by-4.0" if own else "license: other", "language:", *(f"- {code}" for code in codes),
        "multilinguality: translation" if own else "multilinguality: multilingual", "---", "", MARK, "",
    ]  # fmt: skip
    about = "\n\n".join(OWN[source] for source in sources) if own else f"# Exported by Babelproof\n\nFrom {', '.join(sources)}. Every source's own licence applies."
    named = ", ".join(f"{languages.get(code).name} ({code})" if code in languages.LANGUAGES else code for code in codes)
    shape = "Every split is there as Parquet (`SPLIT.LANGUAGE.parquet`, with all fields), and in the published format of the task beside it."
    if any(h.task == "retrieval" for h in held):
        shape += "\nEnglish sentences of `retrieval`, which are their own translations, are there as Parquet alone."
    sections = [line for task in tasks.TASKS if any(h.task == task for h in held) for line in _section(task, [h for h in held if h.task == task], not own or len(sources) > 1)]
    words = sorted(path.parent.name for path in to.glob(f"{ALIGNMENTS}/*/*-*.tsv"))
    joined = (
        f"## Word alignments\n\n`{ALIGNMENTS}/TASK/SPLIT.LANGUAGE-OTHER.tsv`, for {', '.join(dict.fromkeys(words))}: the words of every sentence and of its\n"
        "translation into the other language, and their gold alignment in Pharaoh's format: pairs `i-j` of the words number i and j, counted from 0.\n"
    )
    return "\n".join([*head, about, "", f"Languages: {named}.", "", shape, "", *sections, *([joined] if words else [])])


def _section(task: str, held: Sequence[Held], named: bool) -> list[str]:
    """A task's part of the card: a row for the languages that have a split with so many items, with its source where that is `named`."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for h in held:
        rows.setdefault((h.split, f"{h.items:,}", *([h.source] if named else [])), []).append(h.language)
    head = ["split", "items in each language", *(["source"] if named else []), "languages"]
    body = [[*row, " ".join(sorted(codes, key=lambda code: (code != "en", code)))] for row, codes in rows.items()]
    kind = tasks.get(task)
    return [
        f"## {task}", "", f"{kind.title}, in the format of {kind.sister}.", "",
        *(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)), "",
    ]  # fmt: skip
