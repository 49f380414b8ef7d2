"""SQuAD's JSON, the format of XQuAD, MLQA and TyDiQA, and with the sentences of each passage that of LAReQA."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import InputError
from engine.results import Example


def read(content: str, base: Example, name: str) -> Iterator[Example]:
    """Passages with their questions and the span of the first answer, if there is one. Raises InputError where it does not stand in
    the passage."""
    for paragraph, item, answer in _questions(content, name):
        context = paragraph["context"]
        asked = replace(base, id=str(item.get("id")), text=context, text_pair=str(item.get("question", "")), language_pair=base.language)
        if answer is None:
            yield asked
            continue
        text, start = answer
        if not text or start < 0 or context[start : start + len(text)] != text:
            raise InputError(f"{name}: the answer {text[:40]!r} of question {item.get('id')} does not stand at character {start} of its passage.")
        yield replace(asked, label=text, answer=(start, start + len(text)))


def read_sentences(content: str, base: Example, name: str) -> Iterator[Example]:
    """The sentence of the passage that holds the answer; a question without answers, or whose answer lies in none, is left out, as LAReQA does."""
    for paragraph, item, answer in _questions(content, name):
        breaks = paragraph.get("sentence_breaks")
        if not isinstance(breaks, list) or not all(isinstance(b, list) and [type(n) for n in b] == [int, int] for b in breaks):
            raise InputError(f"{name}: expected sentence_breaks, the start and end of every sentence of a passage, as in LAReQA's files.")
        held = next((paragraph["context"][a:b] for a, b in breaks if answer and a <= answer[1] < b), "")
        if held:
            yield replace(base, id=str(item.get("id")), text=str(item.get("question", "")), text_pair=held, language_pair=base.language)


def _questions(content: str, name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], tuple[str, int] | None]]:
    """Paragraph, question, and text and first character of its first answer; None where it has no answers."""
    data = parsed(content, name)
    for paragraph in (p for article in _objects(data, "data", name) for p in _objects(article, "paragraphs", name)):
        if not isinstance(paragraph.get("context"), str):
            raise InputError(f"{name}: expected a text called context in every paragraph, as in SQuAD's files.")
        for item in _objects(paragraph, "qas", name):
            yield paragraph, item, _answer(item, name)


def _answer(item: dict[str, Any], name: str) -> tuple[str, int] | None:
    """The first answer, from a list of objects as in SQuAD's files or an object of lists as the hub has them; None of empty lists."""
    answers = item.get("answers")
    if answers in ([], {"text": [], "answer_start": []}):
        return None
    first = answers[0] if isinstance(answers, list) and answers else answers
    if isinstance(answers, dict):
        first = {key: values[0] for key, values in answers.items() if isinstance(values, list) and values}
    text, start = (first.get(key) if isinstance(first, dict) else None for key in ("text", "answer_start"))
    if not isinstance(text, str) or type(start) is not int:
        raise InputError(f"{name}: expected answers with a text and a whole number called answer_start, as in SQuAD's files, in question {item.get('id')}.")
    return text, start


def write(examples: Sequence[Example]) -> str:
    """A paragraph for each example; without a label, the question has no answers."""
    return _squad({"context": e.text, "qas": [_question(e, e.text_pair, e.label, e.answer and e.answer[0])]} for e in examples)


def write_sentences(examples: Sequence[Example]) -> str:
    """A paragraph of one sentence, the answer, for each example."""
    return _squad(
        {"context": e.text_pair, "sentence_breaks": [[0, len(e.text_pair or "")]], "qas": [_question(e, e.text, e.text_pair, 0)]} for e in examples
    )


def _question(e: Example, question: str | None, answer: str | None, start: int | None) -> dict[str, Any]:
    answers = [{"text": answer, "answer_start": start}] if answer and start is not None else []
    return {"id": e.id, "question": question, "answers": answers}


def _squad(paragraphs: Iterable[dict[str, Any]]) -> str:
    data = [{"title": "Babelproof", "paragraphs": list(paragraphs)}]
    return json.dumps({"version": "1.1", "data": data}, ensure_ascii=False, indent=1) + "\n"


def parsed(content: str, where: str) -> dict[str, Any]:
    """A JSON object. Raises InputError for another value, JSONDecodeError for none."""
    value = json.loads(content)
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected a JSON object, got {type(value).__name__}.")
    return value


def _objects(value: dict[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    found = value.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(f"{name}: expected a list called {key} that holds objects, as in SQuAD's files.")
    return found
