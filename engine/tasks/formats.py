"""Task formats that are read, browsed and exported, but not yet trained: tagging, spans, choice, retrieval, similarity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A task format by its published sister, and what its texts are called in front of people."""

    name: str
    title: str
    sister: str
    text_names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """Tags of a word, or labels of an item; empty where the answer is a span, a score or a text."""


POS = Format(
    "pos", "Part of speech", "UD-POS", ("Sentence",),
    ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
NER = Format("ner", "Named entities", "PANX (WikiANN)", ("Sentence",), ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"))
CHOICE = Format("choice", "Cause and effect", "XCOPA", ("Premise",), ("choice1", "choice2"))
QA = Format("qa", "Span question answering", "XQuAD, MLQA, TyDiQA", ("Passage", "Question"))
RETRIEVAL = Format("retrieval", "Sentence retrieval", "Tatoeba, BUCC", ("Sentence", "Translation"))
ANSWERS = Format("answers", "Answers from a multilingual pool", "LAReQA, Mewsli-X", ("Question", "Answer"))
SIMILARITY = Format("similarity", "Sentence similarity", "STS", ("Sentence 1", "Sentence 2"))
