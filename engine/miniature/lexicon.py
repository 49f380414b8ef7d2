"""One readable lexicon file per language: every concept with its inflected forms and synonyms.

A file is `lexicons/<code>.tsv` with three tab-separated columns: concept, forms, features. The first line of a concept is
its canonical word; further lines of the same concept are its synonyms. Forms are `key=text` pairs joined by "; "; features are
`key=value` pairs joined by "; ", the facts that other words must agree with. A text of several words says the UD tag of each
("at/ADP the/DET station/NOUN"), with spaces between them in every language. Which forms each class needs is said by the
language's grammar (`FORMS`), and so are the forms that it uses where an entry has them (`OPTIONAL`) and the features that it reads, with
the classes that need them (`FEATURES`). Where the grammar reads them (`BESIDE`), `key_class=text` and `key_concept=text` are a form beside
words of that class or concept (the Chinese verb "past_garment"). A file that lacks a concept, a form, a feature or a tag, or has a wrong one, a word twice, a word for two concepts of one class,
or a character that does not belong to the script of its language, is refused with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType

import regex

from engine import languages as known_languages
from engine.errors import InputError, did_you_mean
from engine.miniature.meanings import Concept, concepts
from engine.miniature.tags import check_heads, plain, split_tag

FOLDER = Path(__file__).parent / "lexicons"

SCRIPTS = {"Han": r"\p{scx=Han}，·", "Japanese": r"\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}"}
"""What a script of the language table comes down to, where that is not one script of Unicode."""
MARKS = r"\p{scx=Inherited} '’\-,\.:"
"""What every script writes with; the colon is for case endings after abbreviations (Finnish "YK:n")."""
LATIN = regex.compile(r"\p{Latin}+")
JOINERS = "[\u200c\u200d]"
JOINING = ("Arabic", "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Sinhala", "Tamil", "Telugu")
"""Scripts in which the zero-width joiners shape the letters on both sides (Persian, Sinhala)."""
INVISIBLE = regex.compile(r"(?![ \t\r\n])[\p{C}\p{Z}]")
"""Controls, and spaces other than the plain one: nobody sees them, so two words with and without look the same."""


WORD = "a word"
"""Among the values of a feature: or any word of the language."""
NAMED = 5
"""Missing concepts that an error names."""


@dataclass(frozen=True)
class Entry:
    """One word (or fixed phrase) for a concept."""

    concept: str
    variant: int
    forms: Mapping[str, str]
    """As sentences show them, without tags."""
    tagged: Mapping[str, str]
    """As the file has them: words separated by spaces, with their tags. This is what grammars build sentences from."""
    features: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.tagged[key]

    def __hash__(self) -> int:
        return hash((self.concept, self.variant, tuple(self.forms.values())))


PARTS = ("FORMS", "FRAMES", "SPACED", "CAPITALS", "STOP", "QUESTION", "realise")
"""What every grammar has."""

NONE: Mapping[str, str] = MappingProxyType({})
"""The features of an entry without any."""

Lexicon = Mapping[str, tuple[Entry, ...]]
"""Concept name to its entries, the canonical one first."""


def languages() -> list[str]:
    """Codes of the languages that the miniature speaks, English (the source language) first."""
    codes = sorted(p.stem for p in FOLDER.glob("*.tsv"))
    return ["en", *(c for c in codes if c != "en")]


@cache
def grammar(language: str) -> ModuleType:
    """The grammar module of a language. Raises InputError for one that lacks a part.

    Every grammar has:
    FORMS: the forms that an entry needs, by class;
    FRAMES: the sentence frames, "plain" first;
    SPACED, CAPITALS: whether spaces stand between words, and whether a sentence begins with a capital letter;
    STOP, QUESTION: the marks that end a statement and a question, "" for none;
    realise(scene, choose, frame, ask): the words of a sentence.

    A grammar may have:
    OPTIONAL: the forms that it uses where an entry has them;
    FEATURES: the features that it reads, each with the classes that need it;
    VALUES: the values of those features that are no words of the language (gender: m, f), with WORD where a word will do as well;
    BESIDE: by class, the forms that may be said otherwise beside some words, and which classes and concepts these are (sg_animal, sg_hat);
    BEFORE: marks and the space that comes before them, other than the usual one;
    AFTER_CONNECTIVE: the frame of a plain sentence that a connective opens;
    capital(word): the word with a capital letter, where that is not the first letter's.
    """
    if language not in languages():
        raise InputError(did_you_mean(language, languages(), "miniature language"))
    name, place = f"engine.miniature.grammars.{language}", f"grammars/{language}.py"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise InputError(f"{place}: is missing; write the grammar that says the words of lexicons/{language}.tsv.") from None
    if missing := [part for part in PARTS if not hasattr(module, part)]:
        raise InputError(f"{place}: lacks {', '.join(missing)}; every grammar has {', '.join(PARTS)}.")
    if unsaid := [kind for kind in dict.fromkeys(c.kind for c in concepts().values()) if kind not in module.FORMS]:
        raise InputError(f"{place}: FORMS lacks {', '.join(unsaid)}; it says the forms of every class.")
    return module


def _pairs(text: str, place: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, _, value = map(str.strip, part.partition("="))
        if key and value and key not in found:
            found[key] = value
        elif part.strip():
            raise InputError(f"{place}: expected distinct key=text pairs joined by ';', got {part.strip()!r}.")
    return MappingProxyType(found)


def parse(text: str, name: str, language: str) -> Lexicon:
    """A lexicon from the text of its file. Raises InputError with file, line and reason for anything wrong or missing."""
    module, script = grammar(language), known_languages.get(language).script
    _check_visible(text, name, script)
    # Which characters are foreign is looked up once a file; a line only looks whether it has one of them.
    foreign = re.compile(rf"[\t{re.escape(''.join(filter(_foreign(script).match, set(text))))}]")
    found: dict[str, list[Entry]] = {}
    lines: dict[str, int] = {}
    shapes: set[tuple[str, tuple[str, ...], tuple[str, ...]]] = set()
    said: dict[str, dict[str, tuple[str, int]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{name}:{number}"
        columns = [c.strip() for c in line.split("\t")]
        if len(columns) not in (2, 3):
            raise InputError(f"{place}: expected concept, forms and features separated by tabs, got {line!r}.")
        concept = concepts().get(columns[0])
        if concept is None:
            raise InputError(f"{place}: {did_you_mean(columns[0], list(concepts()), 'concept')}")
        tagged, features = _pairs(columns[1], place), _pairs(columns[2], place) if len(columns) == 3 else NONE
        if (shape := (concept.kind, tuple(tagged), tuple(features))) not in shapes:
            _check_keys(concept, tagged.keys(), features.keys(), module, place)
            shapes.add(shape)
        if features:
            _check_values(features, module, script, place)
        forms = MappingProxyType({key: plain(form, place, module.SPACED) for key, form in tagged.items()})
        check_heads(concept, tagged, place)
        # Values of features that are no words (gender=f) are in ASCII in every language.
        words = [] if columns[-1].isascii() else [split_tag(word)[0] for word in " ".join(features.values()).split() if not word.isascii()]
        if foreign.search("".join((*forms.values(), *words))):
            _check_script(concept, [*forms.values(), *words], script, place)
        entries = found.setdefault(concept.name, [])
        if any(e.forms == forms for e in entries):
            raise InputError(f"{place}: {concept.name} has this entry twice.")
        here, of_class = (concept.name, number), said.setdefault(concept.kind, {})
        for form in forms.values():
            other, there = of_class.setdefault(form, here)
            if other != concept.name:
                raise InputError(f"{place}: {form!r} says {concept.name} here and {other} in line {there}, both of the class {concept.kind}; take another word for one.")
        entries.append(Entry(concept.name, len(entries), forms, tagged, features))
        lines[concept.name] = number
    _check_complete(lines, name, module)
    return MappingProxyType({c: tuple(found[c]) for c in concepts()})


def _check_visible(text: str, name: str, script: str) -> None:
    """Refuse characters that nobody sees, but for the joiners between letters that are shaped by them, and a letter taken apart that Unicode has whole.

    The order of several marks on a letter is left as it is written; NFC would change it in Arabic.
    """
    for number, written in enumerate(text.splitlines(), 1) if not unicodedata.is_normalized("NFC", text) else ():
        if len(unicodedata.normalize("NFC", written)) != len(written):
            raise InputError(f"{name}:{number}: has a letter in pieces, which looks like the whole one and is another word; save the file in Unicode's form NFC.")
    if text.replace("\n", "").replace("\t", "").isprintable():
        return
    if script in JOINING:
        text = regex.sub(rf"(?<=[\p{{L}}\p{{M}}]){JOINERS}(?=[\p{{L}}\p{{M}}])", "+", text)
    if found := INVISIBLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise InputError(f"{name}:{line}: has the invisible character {_named(found.group())}; take it out, or write a plain space.")


def _check_keys(concept: Concept, forms: Set[str], features: Set[str], module: ModuleType, place: str) -> None:
    """Refuse forms and features that the grammar never reads, and an entry that lacks one it needs."""
    optional, read = getattr(module, "OPTIONAL", ()), getattr(module, "FEATURES", {})
    required, needed = module.FORMS[concept.kind], [key for key, kinds in read.items() if concept.kind in kinds]
    known = [*required, *optional]
    special, names = getattr(module, "BESIDE", {}).get(concept.kind, ((), ()))
    for key in forms - set(known):
        form = max((form for form in special if key.startswith(f"{form}_")), key=len, default="")
        if not form:
            raise InputError(f"{place}: {did_you_mean(key, known, f'form of the class {concept.kind}')}")
        if (name := key.removeprefix(f"{form}_")) not in names:
            raise InputError(f"{place}: {did_you_mean(name, list(names), f'word beside the form {form} of the class {concept.kind}')}")
    for key in features - set(needed):
        if key not in read:
            raise InputError(f"{place}: {did_you_mean(key, list(read), 'feature')}")
    for what, missing in (("form", [key for key in required if key not in forms]), ("feature", [key for key in needed if key not in features])):
        if missing:
            raise InputError(f"{place}: {concept.name} lacks the {what} {', '.join(missing)}.")


def _check_values(features: Mapping[str, str], module: ModuleType, script: str, place: str) -> None:
    """Refuse a value that the grammar does not know, and letters where a word of another script is due."""
    closed = getattr(module, "VALUES", {})
    for key, value in features.items():
        known = closed.get(key, (WORD,))
        if WORD in known and (script == "Latin" or not value.isascii()):
            continue
        if known == (WORD,):
            raise InputError(f"{place}: the feature {key} is a word in the {script} script, got {value!r}.")
        if value not in known:
            raise InputError(f"{place}: {did_you_mean(value, list(known), f'value of the feature {key}')}")


def _check_script(concept: Concept, shown: list[str], script: str, place: str) -> None:
    """Refuse letters of another script. Digits may say numbers, and organisations may have whole words in Latin letters (UNICEF, Toyota)."""
    for word in " ".join(shown).split():
        excepted = (concept.kind == "number" and word.isascii() and word.isdecimal()) or (concept.kind == "organisation" and LATIN.fullmatch(word))
        if (letter := _foreign(script).search(word)) and not excepted:
            raise InputError(f"{place}: {concept.name} is written {word!r}, in which {_named(letter.group())} is not in the {script} script.")


@cache
def _foreign(script: str) -> regex.Pattern[str]:
    """Finds what a script does not write with, and letters and marks that show nothing (Hangul fillers, variation selectors)."""
    letters = SCRIPTS.get(script, rf"\p{{scx={script}}}")
    return regex.compile(rf"[^{letters}{MARKS}\u200c\u200d]|(?!{JOINERS})\p{{Default_Ignorable_Code_Point}}")


def _named(character: str) -> str:
    """A character by its number and name, since it may look like another or like nothing: U+0430 (CYRILLIC SMALL LETTER A)."""
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"


def _check_complete(lines: Mapping[str, int], name: str, module: ModuleType) -> None:
    """Refuse a file that lacks concepts, with the line after which each belongs: the last one of the concept before it."""
    last, absent = 1, list[str]()
    for concept in concepts().values():
        if concept.name not in lines:
            absent.append(f"{name}:{last}: no entry after this line for the concept {concept.name} (class {concept.kind}, forms {', '.join(module.FORMS[concept.kind])})")
        last = lines.get(concept.name, last)
    if absent:
        more = f"; and {len(absent) - NAMED} more" if len(absent) > NAMED else ""
        raise InputError(f"{'; '.join(absent[:NAMED])}{more}.")


@cache
def load(language: str) -> Lexicon:
    """The lexicon of one language, checked against its grammar."""
    grammar(language)
    path = FOLDER / f"{language}.tsv"
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path.name}:{line}: is not written in UTF-8 ({error.reason}); save the file in UTF-8.") from None
    return parse(text, path.name, language)
