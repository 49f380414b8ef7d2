"""The parts of the Data page: which examples, filters, and one example in full, aligned with its English counterpart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboard import cards, inputs, tokens
from dashboard.tables import Column
from engine import data as sources
from engine import languages, tasks
from engine.config import TaskData
from engine.data import miniature
from engine.results import Example

COLUMNS = {
    "id": Column("Id", "The same id is the same item in every language of a parallel source."),
    "label": Column("Label"),
    "domain": Column("Domain", "legal, medical or general; the genre where a source has one."),
    "text": Column("Text"),
    "text_pair": Column("Second text"),
    "choice1": Column("Choice 1"),
    "choice2": Column("Choice 2"),
    "question": Column("Asked for"),
    "tags": Column("Tags", "One per word."),
}
TEXTS = ("text", "text_pair", "choice1", "choice2")
MOST_LABELS = 20
"""So many labels are offered one by one; more of them are scores, of which a range is."""
ROOM, ASKED = 600, 80
"""Pixels of the table beside its other columns, and those of the column that says whether a cause or an effect is asked for."""


@dataclass(frozen=True)
class Chosen:
    """Which examples are looked at."""

    source: str
    task: str
    language: str
    split: str


def source_form() -> Chosen:
    """Source, task, language and split; all four are in the link."""
    warnings = st.container()
    columns = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    with columns[0]:
        source = inputs.source_picker(warnings)
    with columns[1]:
        names = list(tasks.TASKS)
        task = inputs.linked_picker("Task", names, "data_task", "task", {n: f"{tasks.get(n).title} ({tasks.get(n).sister})" for n in names}, warnings)
    data = TaskData(task=task, source=source)
    with columns[2]:
        codes = sources.languages(data)
        language = inputs.linked_picker("Language", codes, "data_language", "language", {c: _named(c) for c in codes}, warnings)
    with columns[3]:
        splits = sources.splits(data, language)
        split = inputs.linked_picker("Split", splits[::-1], "data_split", "split", {}, warnings)
    inputs.publish(
        {"source": "data_source", "task": "data_task", "language": "data_language", "split": "data_split"},
        {"source": source, "task": task, "language": language, "split": split},
    )
    return Chosen(source, task, language, split)


def _named(code: str) -> str:
    return f"{languages.get(code).name} ({code})" if code in languages.LANGUAGES else code


def examples(chosen: Chosen) -> pd.DataFrame:
    """All examples as a table: the columns that this task fills."""
    found = sources.table(TaskData(task=chosen.task, source=chosen.source), chosen.language, chosen.split)
    return found[[name for name in COLUMNS if name in found]]


def columns(found: pd.DataFrame) -> dict[str, Column]:
    """How the table is shown: several texts share its width, so that all of them are in sight, also where they begin on the right."""
    texts = [name for name in TEXTS if name in found]
    room = ROOM - (ASKED if "question" in found else 0)
    return COLUMNS | {name: replace(COLUMNS[name], width=room // len(texts)) for name in texts if len(texts) > 1}


def filters(found: pd.DataFrame) -> pd.DataFrame:
    """The examples that the chosen labels, domains and words leave over."""
    offered = {name: sorted(v for v in found[name].dropna().unique() if v) for name in ("label", "domain") if name in found}
    scores = pd.to_numeric(found["label"], errors="coerce") if len(offered.get("label", ())) > MOST_LABELS else pd.Series(dtype=float)
    scored = bool(len(scores)) and bool(scores.notna().all())
    offered = {name: values for name, values in offered.items() if 1 < len(values) <= MOST_LABELS or (scored and name == "label")}
    *places, last = st.columns([*(3 for _ in offered), 4], vertical_alignment="bottom")
    kept = found
    for place, (name, values) in zip(places, offered.items(), strict=True):
        with place:
            if scored and name == "label":
                ends = float(math.floor(scores.min())), float(math.ceil(scores.max()))
                low, high = st.slider(COLUMNS[name].label, *ends, ends, step=0.1, format="%.1f", key="data_score")
                kept = kept[scores.between(low - 1e-9, high + 1e-9)]
            else:
                some = st.multiselect(COLUMNS[name].label, values, key=f"data_{name}", placeholder="All")
                kept = kept[kept[name].isin(some)] if some else kept
    with last:
        words = st.text_input("Contains", key="data_words", placeholder="Words in any of the texts", max_chars=200)
    if words.strip():
        texts = [name for name in TEXTS if name in kept]
        hit = kept[texts].apply(lambda column: column.str.contains(words.strip(), case=False, regex=False)).any(axis=1)
        kept = kept[hit]
    return kept


def one(chosen: Chosen, id: str) -> None:
    """One example in full; of authored sources also in another language, in the miniature with the words that say the same in the same colour."""
    data = TaskData(task=chosen.task, source=chosen.source)
    example = next(e for e in sources.examples(data, chosen.language, chosen.split) if e.id == id)
    if chosen.source not in sources.AUTHORED:
        _texts(example)
        _answer(example)
        return
    others = [code for code in sources.languages(data) if code != chosen.language]
    if chosen.source != "miniature":  # whose every item is there in every language, said when it is asked for
        others = [code for code in others if any(e.id == id for e in sources.examples(data, code, chosen.split))]
    if not others:
        _texts(example)
        _answer(example)
        st.caption("This item is in English alone.")
        return
    default = others.index("en") if "en" in others else 0
    other = st.selectbox("Beside it", others, default, format_func={c: _named(c) for c in others}.__getitem__, key="data_beside", width=260)
    left, right = st.columns(2)
    if chosen.source == "miniature":
        pairs = miniature.parallel_sentences(chosen.task, chosen.split, id, chosen.language, other)
        for place, side, code in ((left, 0, chosen.language), (right, 1, other)):
            with place:
                st.markdown(f"**{_named(code)}**")
                for pair in pairs:
                    st.html(tokens.aligned(pair[side].text, pair[side].spans, code))
        st.html(tokens.alignment_legend())
    else:
        same = next(e for e in sources.examples(data, other, chosen.split) if e.id == id)
        for place, said in ((left, example), (right, same)):
            with place:
                st.markdown(f"**{_named(said.language)}**")
                _texts(said)
    _answer(example)


def _texts(example: Example) -> None:
    for name, text in zip(tasks.get(example.task).text_names, (example.text, example.text_pair), strict=False):
        if text:
            st.markdown(f"**{name}**")
            st.html(tokens.text(text, example.language))


def _answer(example: Example) -> None:
    """The label, the answer, the right choice or the tags."""
    if example.tags:
        st.html(cards.table(["Word", "Tag"], [[tokens.text(w, example.language), t] for w, t in zip(example.words, example.tags, strict=True)]))
    elif example.choices:
        st.markdown(f"**What is the {example.question}?**")
        for i, choice in enumerate(example.choices, 1):
            right = " :green-badge[right]" if example.label == f"choice{i}" else ""
            st.markdown(f"Choice {i}{right}")
            st.html(tokens.text(choice, example.language))
    elif example.label:
        st.markdown("**Answer**" if example.answer else "**Label**")
        st.html(tokens.text(example.label, example.language if example.answer else "en"))

