"""Tamil, modern written: subject, time, place, object, verb; வில்லை denies; fronted adverbials and objects, தான் stresses the agent.

Agreement is that of newspapers: a grown person, also one with a name, takes the honorific -ஆர் whatever the sex, a boy or thief -ஆன், a girl -ஆள்,
and a small child, an animal or an organisation -அது; several persons take -அனர், several animals -அன. A noun after a number is plural. The doubling
of க, ச, த, ப after an accusative, a dative and some modifiers is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import CONTENT_SLOTS, NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = False
ORDER = {
    "plain": ("who", "when", "where", "whom"),
    "time_first": ("when", "who", "where", "whom"),
    "place_first": ("where", "who", "when", "whom"),
    "object_first": ("whom", "who", "when", "where"),
    "cleft": ("when", "where", "whom", "who"),
}
"""The parts of the sentence before the verb, as each frame orders them."""
FRAMES = tuple(ORDER)

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("nom", "acc", "dat")),
    **dict.fromkeys(("document", "plant", "landmark", "thing"), ("nom", "acc", "dat", "loc")),
    **dict.fromkeys(("person", "animal"), ("nom", "acc", "dat", "pl")),
    **dict.fromkeys(("name", "organisation"), ("nom", "acc", "dat")),
    **dict.fromkeys(("place", "city"), ("loc", "dat", "abl")),
    "action": ("part", "inf"),
    "quality": ("adj",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
}
OPTIONAL = ()
FEATURES = dict.fromkeys(("agree", "link", "comma", "case", "post", "place", "noun"), ())
VALUES = {"agree": ("f", "m", "n"), "case": ("dat", "loc", "nom"), "link": ("yes",), "comma": ("yes",), "place": ("abl", "dat"), "noun": ("all",)}
BESIDE = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), (("nom", "acc", "dat", "loc"), of_kind("action"))),
    "action": (("part", "inf"), (*NOUN_CLASSES, *NAME_CLASSES)),
}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: acc_eat, part_garment."""

ENDINGS = {"hon": "ார்", "m": "ான்", "f": "ாள்", "n": "து", "pl": "னர்", "npl": "ன"}
"""What the past participle takes to be a finite verb: படித்த-, படித்தார், படித்தது, படித்தனர்."""
LINKING = {"whom": ("ை", "கு"), "where": ("கு",), "question": ("ரை", "தை", "கு")}
"""Ends of accusatives and datives, after which க, ச, த, ப are doubled."""
WHO = {"nom": "யார்", "acc": "யாரை", "dat": "யாருக்கு"}
WHAT = {"nom": "எது", "acc": "எதை", "dat": "எதற்கு", "loc": "எதில்"}
WHICH = {"animal": "எந்த/DET விலங்குக்கு/NOUN", "plant": "எந்தத்/DET தாவரத்திற்கு/NOUN"}
"""In the dative, where எதற்கு would ask why."""
WHERE = {"loc": "எங்கே/ADV", "dat": "எங்கே/ADV", "abl": "எங்கிருந்து/ADV"}

Said = Mapping[str, Entry]
"""The words chosen for the slots of the scene."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """மூன்று இளம் ஆசிரியர்கள் மாலையில் நிலையத்தில் பழைய புத்தகத்தைப் படிக்கவில்லை: three young teachers evening-in station-in old book-ACC read-not."""
    said = {slot: choose(getattr(scene, slot)) for slot in CONTENT_SLOTS if getattr(scene, slot)}
    asked = "who" if ask == "number" else ask
    words: list[Word] = []
    # What is asked for stands before the verb.
    for slot in sorted(ORDER[frame], key=lambda s: s == asked):
        if slot in said:
            words += _part(slot, scene, said, frame, ask, words[-1].slot if words else "")
    words += _verb(scene, said, ask)
    for word, following in pairwise([*words, Word(f"{STOP}/PUNCT", "punctuation")]):
        links = split_tag(word.text.split()[-1])[0].endswith(LINKING.get(word.slot, ()))
        yield replace(word, text=_linked(word.text, following.text)) if links and not following.text.endswith("/ADP") else word


def _part(slot: str, scene: Scene, said: Said, frame: str, ask: str, before: str) -> Iterator[Word]:
    """One part of the sentence before the verb: the agent, the time, the place, or the object; or the question for it."""
    if slot == ask:
        yield from _question(slot, scene, said)
    elif slot == "when":
        yield Word(said["when"]["adv"], slot)
    elif slot == "where":
        yield Word(said["where"][_place(said)], slot)
    else:
        quality = said.get(f"{slot}_quality")
        # Without the comma, சந்தையில் காயமடைந்த நாயை would be the dog that was injured at the market.
        if before in ("when", "where") and quality and "comma" in quality.features and not (slot == "who" and (ask or scene.number)):
            yield Word(",/PUNCT", "punctuation")
        yield from _agent(scene, said, frame, ask) if slot == "who" else _object(scene, said)


def _question(slot: str, scene: Scene, said: Said) -> Iterator[Word]:
    """யார், எது; யாரை, எதை, யாருக்கு, எந்த விலங்குக்கு, யார் மீது; எங்கே, எங்கிருந்து; எப்போது."""
    action = said["action"].features
    kind = concepts()[getattr(scene, slot)].kind
    case = action.get("case", "acc") if slot == "whom" else "nom"
    if slot == "when":
        yield Word("எப்போது/ADV", "question")
    elif slot == "where":
        yield Word(WHERE[_place(said)], "question")
    elif kind in WHICH and case == "dat":
        yield Word(WHICH[kind], "question")
    else:
        yield Word((WHO if _human(scene, slot) else WHAT)[case], "question")
        if slot == "whom" and "post" in action:
            yield Word(f"{action['post']}/ADP", "question")


def _agent(scene: Scene, said: Said, frame: str, ask: str) -> Iterator[Word]:
    """ஆசிரியர்; மூன்று இளம் ஆசிரியர்கள்; எல்லா ஆசிரியர்களும்; stressed ஆசிரியர்தான், எல்லா ஆசிரியர்களுமே; எத்தனை ஆசிரியர்கள் if asked for."""
    if ask == "number":
        yield Word("எத்தனை/ADJ", "question")
        said = {slot: entry for slot, entry in said.items() if slot != "number"}
    everyone = "number" in said and said["number"].features.get("noun") == "all"
    noun = said["who"]["pl" if scene.number else "nom"]
    if everyone:
        noun = re.sub(r"்(/NOUN)?$", r"ுமே\1" if frame == "cleft" else r"ும்\1", noun)
    yield from _noun_phrase("who", said, noun)
    if frame == "cleft" and not everyone:
        yield Word("தான்/PART", "who", glued=True)


def _object(scene: Scene, said: Said) -> Iterator[Word]:
    """பழைய புத்தகத்தை; மருத்துவருக்கு (உதவினார்); மருத்துவர் மீது (வழக்குத் தொடர்ந்தார்)."""
    action, noun = said["action"].features, said["whom"]
    case = action.get("case", "acc")
    yield from _noun_phrase("whom", said, noun[f"{case}_{scene.action}" if f"{case}_{scene.action}" in noun.forms else case])
    if "post" in action:
        yield Word(f"{action['post']}/ADP", "whom")


def _noun_phrase(slot: str, said: Said, noun: str) -> Iterator[Word]:
    """Number, quality, noun: இரண்டு பெரிய நாய்கள், எட்டுக் குதிரைகள், சிவப்புச் சட்டையை."""
    modifiers = [("number", "num")] * (slot == "who") + [(f"{slot}_quality", "adj")]
    parts = [(name, said[name][key], "link" in said[name].features) for name, key in modifiers if name in said]
    for (name, text, links), (_, following, _) in pairwise([*parts, (slot, noun, False)]):
        yield Word(_linked(text, following) if links else text, name)
    yield Word(noun, slot)


def _verb(scene: Scene, said: Said, ask: str) -> Iterator[Word]:
    """படித்தார், ஓடினர், ஓடியது; denied, படிக்க+வில்லை for every person."""
    action = said["action"]
    key = "inf" if scene.negated else "part"
    kind = f"{key}_{concepts()[scene.whom].kind}" if scene.whom else key
    text = action[kind if kind in action.forms else key]
    if scene.negated:
        yield Word(text, "action")
        yield Word("வில்லை/AUX", "negation", glued=True)
        return
    yield Word(_finite(text, _agreement(scene, said, ask)), "action")


def _finite(part: str, agreement: str) -> str:
    """படித்த, படித்தார், படித்தது, படித்தனர்; ஓடிய, ஓடினார், ஓடியது, ஓடினர்."""
    word, ending, tag = part.removesuffix("/VERB"), ENDINGS[agreement], "/VERB" if part.endswith("/VERB") else ""
    if word.endswith("ிய") and agreement != "n":
        word, ending = f"{word.removesuffix('ய')}ன", ending.removeprefix("ன")
    return f"{word}{ending}{tag}"


def _agreement(scene: Scene, said: Said, ask: str) -> str:
    """hon, m, f, n, or plural: pl of persons, npl of animals. யார் takes the honorific."""
    if ask == "who":
        return "hon" if _human(scene, "who") else "n"
    kind = concepts()[scene.who].kind
    if scene.number:
        return "npl" if kind == "animal" else "pl"
    return said["who"].features.get("agree", "n" if kind in ("animal", "organisation") else "hon")


def _place(said: Said) -> str:
    return said["action"].features.get("place", "loc")


def _human(scene: Scene, slot: str) -> bool:
    return concepts()[getattr(scene, slot)].kind in ("person", "name", "organisation")


def _linked(text: str, following: str) -> str:
    """சிவப்பு before சட்டை is சிவப்புச்; its tag stays at the end."""
    return re.sub(r"(/[A-Z]+)?$", rf"{following[0]}்\1", text, count=1) if following[0] in "கசதப" else text
