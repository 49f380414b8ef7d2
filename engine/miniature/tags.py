"""Universal tags in the forms of a lexicon: "at/ADP the/DET station/NOUN"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.errors import InputError
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Concept

TAGS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X")
"""Universal parts of speech (Nivre et al. 2020)."""

HEADS = {
    "action": ("VERB", "AUX"), "place": ("NOUN", "PROPN", "ADV"), "time": ("NOUN", "PROPN", "ADV"), "number": ("NUM", "NOUN"),
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES, "city"), ("NOUN", "PROPN")),
}  # fmt: skip
"""By class, the tags of which a form has one at least, where its words are tagged."""

TAG = re.compile("/[A-Z]+")
TAGGED = re.compile(rf"(?:(?:^| )[^/\s]*[^/\s'’¿¡]/(?:{'|'.join(tag for tag in TAGS if tag != 'PUNCT')}))+")
"""A form whose words all have a tag and are all apart, which most are."""


def split_tag(word: str) -> tuple[str, str]:
    """A word and its tag: "the/DET" gives ("the", "DET"), "the" gives ("the", "")."""
    text, _, tag = word.rpartition("/")
    return (text, tag) if text and tag.isupper() and tag.isascii() else (word, "")


def plain(text: str, place: str, spaced: bool) -> str:
    """A form without its tags. Raises InputError for an unknown tag, and for a word among others that has none."""
    if "/" not in text and " " not in text:
        return text
    if TAGGED.fullmatch(text):
        return TAG.sub("", text) if spaced else TAG.sub("", text).replace(" ", "")
    words = [split_tag(word) for word in text.split()]
    for word, tag in words:
        if (tag and tag not in TAGS) or "/" in word or (tag == "PUNCT" and any(map(str.isalnum, word))):
            raise InputError(f"{place}: {text!r} has a wrong tag; a word is followed by / and one of {', '.join(TAGS)}; PUNCT is of marks alone.")
        if not tag and len(words) > 1:
            raise InputError(f"{place}: {word!r} in {text!r} has no tag; every word of a longer form needs one, as in at/ADP the/DET station/NOUN.")
    text = ""
    for word, tag in words:
        text += (" " if spaced and text and apart(text, tag) else "") + word
    return text


def apart(before: str, tag: str) -> bool:
    """Whether a space stands between what is written so far and the next word: none before punctuation and after an elision (l')."""
    return tag != "PUNCT" and not before.endswith(("'", "’", "¿", "¡"))


def check_heads(concept: Concept, tagged: Mapping[str, str], place: str) -> None:
    """Refuse tagged forms of which no word can be what the class is: no noun in a thing, no verb in any form of an action."""
    heads = HEADS.get(concept.kind, ())
    for form in [" ".join(tagged.values())] if concept.kind == "action" else tagged.values():
        if heads and "/" in form and not {split_tag(word)[1] for word in form.split()} & {"", *heads}:
            raise InputError(f"{place}: {form!r} has a wrong tag; of the class {concept.kind} one word at least is {' or '.join(heads)}.")
