"""Classification of a text or a pair of texts: natural-language inference, paraphrase identification, topic."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import InputError


@dataclass(frozen=True)
class Classification:
    """A task with label names in their published order, and the column names that its data sets use."""

    name: str
    title: str
    sister: str
    """The published data set whose format this is."""
    labels: tuple[str, ...]
    text_names: tuple[str, ...]
    """What the texts are called in front of people: two for a pair, one for a single text."""
    text_columns: tuple[str, ...]
    pair_columns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """Label names for numeric labels, where the task has one numbering only; empty: numbers are refused."""

    def label(self, raw: object, where: str) -> str:
        """A label as its name. Raises InputError for a name or number that the task does not know."""
        text = str(raw).strip().lower().replace(" ", "_")
        if text in self.labels:
            return text
        if text.isdigit() and int(text) < len(self.numbers):
            return self.numbers[int(text)]
        hint = "; numeric labels need names, since data sets number them differently" if text.isdigit() else ""
        raise InputError(f"{where}: the label {str(raw)[:40]!r} is none of {', '.join(self.labels)}{hint}.")


NLI = Classification(
    name="nli", title="Natural-language inference", sister="XNLI", labels=("entailment", "neutral", "contradiction"),
    text_names=("Premise", "Hypothesis"), text_columns=("premise", "sentence1", "text"), pair_columns=("hypothesis", "sentence2", "text_pair"),
)
PARAPHRASE = Classification(
    name="paraphrase", title="Paraphrase identification", sister="PAWS-X", labels=("different", "paraphrase"),
    text_names=("Sentence 1", "Sentence 2"), text_columns=("sentence1", "premise", "text"), pair_columns=("sentence2", "hypothesis", "text_pair"),
    numbers=("different", "paraphrase"),  # PAWS and PAWS-X: 0 has a different meaning, 1 is a paraphrase
)
TOPIC = Classification(
    name="topic", title="Topic of a sentence", sister="SIB-200",
    labels=("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"),
    text_names=("Sentence",), text_columns=("text", "sentence"),
)
