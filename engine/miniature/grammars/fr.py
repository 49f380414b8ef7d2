"""French: passé composé, "ne ... pas" around the auxiliary; passive, "c'est ... qui", adverbials in front; elision and contraction come last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "?"
BEFORE = {"?": "\u202f"}
"""What stands before a mark: the narrow space that does not break."""
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that no cleft can stress: "il y a peu de professeurs qui", not "ce sont peu de professeurs qui"."""

FORMS = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), ("sg",)),
    **dict.fromkeys(("person", "animal"), ("sg", "pl")),
    "action": ("part",),
    "quality": ("m", "f", "mp", "fp"),
    **dict.fromkeys(("place", "city"), ("loc",)),
    "time": ("adv",),
    **dict.fromkeys(("number", "quantifier"), ("num",)),
    "connective": ("text",),
}
OPTIONAL = ("passive", "v", "f")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("pos", "aux", "prep", "place"), ())}
VALUES = {"gender": ("m", "f", "mp", "fp"), "aux": ("s'être", "être"), "pos": ("pre",)}
ENDINGS = {"m": "", "f": "e", "mp": "s", "fp": "es"}
"""Of participles, by gender and number. Everything that agrees is looked up by these four keys."""
PRONOUNS = {"m": "il", "f": "elle", "mp": "ils", "fp": "elles"}
INDEFINITE = ("un/DET", "une/DET", "des/DET", "du/DET")
"""Articles that become "de" after "pas": a fait un voyage, n'a pas fait de voyage."""
ELIDED = ("le", "la", "de", "ne", "se", "ce", "que")
CONTRACTED = {("à", "le"): "au", ("à", "les"): "aux", ("de", "le"): "du", ("de", "les"): "des"}
SOURCES = {"au/ADP": "du/ADP", "aux/ADP": "des/ADP"}
VOWELS = "aàâeéèêëiîïoôuûœh"
ASPIRATED = ("hache",)


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Trois professeurs heureux n'ont pas lu le vieux livre à la gare le soir."""
    # Everything agrees with the noun and the verb, so they have to stay the same words.
    yield from _joined(_sentence(scene, cache(choose), frame, ask))


def _sentence(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """The words before elision and contraction: le enfant ne a pas joué à le parc."""
    where = [Word(_place(scene, choose), "where")] if scene.where and ask != "where" else []
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when and ask != "when" else []
    comma = Word(",/PUNCT", "punctuation")
    if frame == "time_first":
        yield from (*when, comma)
    if frame == "place_first":
        yield from (*where, comma)
    if frame == "object_first":
        yield from _passive(scene, choose)
    elif ask in ("whom", "where", "when"):
        yield from _question(scene, choose, ask)
    else:
        yield from _subject(scene, choose, frame, ask)
        yield from _verb(scene, choose, "m" if ask == "who" else _key(scene.who, scene.number, choose))
        yield from _object(scene, choose)
    yield from (*(where if frame != "place_first" else ()), *(when if frame != "time_first" else ()))


def _subject(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Trois enfants; c'est l'enfant qui; il y a peu d'enfants qui; qui; quel animal; combien d'enfants heureux."""
    if ask == "who":
        yield Word(_interrogative(scene.who), "question")
        return
    if frame == "cleft":
        plural = _key(scene.who, scene.number, choose).endswith("p")
        yield Word("il/PRON y/PRON a/VERB" if scene.number in VAGUE else "ce/PRON sont/AUX" if plural else "ce/PRON est/AUX", "who")
    asked = Word("combien/ADV de/ADP", "question") if ask == "number" else None
    yield from _noun_phrase("who", scene.who, scene.who_quality, scene.number, choose, asked)
    if frame == "cleft":
        yield Word("qui/PRON", "who")


def _noun_phrase(slot: str, noun: str, quality: str, number: str, choose: Choose, counted: Word | None = None) -> Iterator[Word]:
    """The article, a number or what is given instead; most adjectives after the noun: le vieil arbre, trois enfants heureux."""
    entry, key = choose(noun), _key(noun, number, choose)
    if concepts()[noun].kind in NAME_CLASSES:
        yield Word(entry["sg"], slot)
        return
    if number:
        amount = choose(number).tagged
        yield counted or Word(amount.get(key[0], amount["num"]), "number")
    else:
        yield Word("la/DET" if key == "f" else "le/DET", slot)
    words = [Word(entry["pl" if number else "sg"], slot)]
    if quality:
        adjective = choose(quality)
        before = adjective.features.get("pos") == "pre"
        form = "v" if "v" in adjective.forms and key == "m" and _vowel(entry.forms["sg"]) else key
        words.insert(0 if before else 1, Word(adjective[form], f"{slot}_quality"))
    yield from words


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Le livre; du piano after a verb with "de"."""
    if scene.whom:
        yield from _preposition(choose(scene.action), "action")
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose)


def _preposition(action: Entry, slot: str) -> list[Word]:
    return [Word(f"{action.features['prep']}/ADP", slot)] if "prep" in action.features else []


def _verb(scene: Scene, choose: Choose, key: str, inverted: bool = False, passive: bool = False) -> Iterator[Word]:
    """N'a pas lu; ne s'est pas reposée; sont-elles parties; n'a pas été lue. After "avoir" alone the participle does not agree."""
    action = choose(scene.action)
    auxiliary = "avoir" if passive else action.features.get("aux", "avoir")
    finite = (("a", "ont") if auxiliary == "avoir" else ("est", "sont"))[key.endswith("p")]
    ne, pas = ([Word("ne/ADV", "negation")], [Word("pas/ADV", "negation")]) if scene.negated else ([], [])
    reflexive = [Word("se/PRON", "action")] if auxiliary == "s'être" else []
    pronoun = [Word(f"{'-t-' if finite == 'a' else '-'}{PRONOUNS[key]}/PRON", "who", glued=True)] if inverted else []
    yield from (*ne, *reflexive, Word(f"{finite}/AUX", "action"), *pronoun, *pas)
    if passive:
        yield Word("été/AUX", "action")
        yield Word(_participle(action.tagged.get("passive", action["part"]), key), "action")
    else:
        yield Word(_participle(action["part"], "m" if auxiliary == "avoir" else key, scene.negated), "action")


def _participle(phrase: str, key: str, negated: bool = False) -> str:
    """Its first word agrees: mis en route, mise en route; after "pas", fait des calculs is fait de calculs."""
    first, *rest = phrase.split()
    word, tag = split_tag(first)
    word += "" if key == "mp" and word.endswith("s") else ENDINGS[key]
    if negated and rest and rest[0] in INDEFINITE:
        rest[0] = "de/DET"
    return " ".join([f"{word}/{tag or 'VERB'}", *rest])


def _passive(scene: Scene, choose: Choose) -> Iterator[Word]:
    """La vieille lettre n'a pas été lue par trois professeurs."""
    yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose)
    yield from _verb(scene, choose, _key(scene.whom, "", choose), passive=True)
    yield Word("par/ADP", "who")
    yield from _subject(scene, choose)


def _question(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """Qui Maria a-t-elle vu? À quoi l'enfant a-t-il mis le feu? D'où l'enfant est-il parti? But: Qu'a lu l'enfant?"""
    action = choose(scene.action)
    preposition = _preposition(action, "question") if ask == "whom" else []
    subject, key = list(_subject(scene, choose)), _key(scene.who, scene.number, choose)
    asked = {"where": "où/ADV", "when": "quand/ADV"}.get(ask) or _interrogative(scene.whom)
    if asked == "quoi/PRON" and not preposition:
        yield Word("que/PRON", "question")
        yield from (*_verb(scene, choose, key), *subject)
        return
    yield from [Word("de/ADP", "question")] if ask == "where" and "place" in action.features else preposition
    yield Word(asked, "question")
    yield from (*subject, *_verb(scene, choose, key, inverted=True), *(() if ask == "whom" else _object(scene, choose)))


def _place(scene: Scene, choose: Choose) -> str:
    """À la gare; for an action that starts there, de la gare."""
    place = choose(scene.where)["loc"]
    preposition, rest = place.split(" ", 1)
    return f"{SOURCES.get(preposition, 'de/ADP')} {rest}" if "place" in choose(scene.action).features else place


def _key(noun: str, number: str, choose: Choose) -> str:
    """m, f, mp or fp; the United Nations are plural by themselves."""
    gender = choose(noun).features["gender"]
    return f"{gender}p" if number else gender


def _interrogative(noun: str) -> str:
    """Who, which animal, or what (as it is after a preposition; otherwise it is "que")."""
    kind = concepts()[noun].kind
    return "qui/PRON" if kind in ("person", *NAME_CLASSES) else "quel/DET animal/NOUN" if kind == "animal" else "quoi/PRON"


def _vowel(word: str) -> bool:
    return word[0].lower() in VOWELS and not word.startswith(ASPIRATED)


def _joined(words: Iterable[Word]) -> list[Word]:
    """One Word a word, elided and contracted: le enfant is l'enfant, à le is au. What follows an apostrophe is glued to it."""
    joined: list[Word] = []  # From the last word to the first.
    for word in reversed([replace(w, text=part, glued=w.glued and not i) for w in words for i, part in enumerate(w.text.split())]):
        text, tag = split_tag(word.text)
        following = split_tag(joined[-1].text)[0] if joined else ""
        if text in ELIDED and following and _vowel(following):
            text = f"{text[:-1]}'"
        elif (text, following) in CONTRACTED:
            text, word = CONTRACTED[text, following], replace(word, slot=joined.pop().slot)
        if text.endswith("'") and joined:
            joined[-1] = replace(joined[-1], glued=True)
        joined.append(replace(word, text=f"{text}/{tag}" if tag else text))
    return joined[::-1]
