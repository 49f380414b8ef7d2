"""Which letters may stand in for a letter: those of the same script, and of the same language where languages differ.

Letters come in groups that can take each other's place and leave well-formed text: Indic consonants are exchanged for
consonants (the vowel signs on them stay), independent vowels for independent vowels, Ethiopic syllables for syllables with
the same vowel. Letters that only end words (Greek final sigma, Hebrew finals) are never put in.
"""

from __future__ import annotations

import random
import unicodedata
from functools import cache

from engine.text import script_of

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_OF_LANGUAGE = {
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz", "cs": _LATIN + "áčďéěíňóřšťúůýž", "da": _LATIN + "æøå",
    "de": _LATIN + "äöüß", "es": _LATIN + "ñáéíóú", "et": "abdefghijklmnoprsštuvõäöü", "eu": "abcdefghijklmnñopqrstuvwxyz",
    "fi": "abcdefghijklmnopqrstuvwxyzäö", "fr": _LATIN + "àâçéèêîôûœ", "ha": "abɓcdɗefghijkƙlmnorstuwyz",
    "hu": _LATIN + "áéíóöőúüű", "ig": "abcdefghijklmnoprstuvwyzịọụ", "it": "abcdefghilmnopqrstuvzàèéìòù",
    "lt": "aąbcčdeęėfghiįyjklmnoprsštuųūvzž", "pl": "aąbcćdeęfghijklłmnńoóprsśtuwyzźż", "pt": _LATIN + "ãáâçéêíóôõú",
    "qu": "achijklmnñpqrstuwy", "ro": _LATIN + "ăâîșț", "so": "abcdefghijklmnoqrstuwxy", "sv": _LATIN + "åäö",
    "sw": "abcdefghijklmnoprstuvwyz", "tl": "abcdefghijklmnñoprstuwxyz", "tr": "abcçdefgğhıijklmnoöprsştuüvyz",
    "vi": "abcdđeêghiklmnoôơpqrstuưvxyăâ", "wo": "abcdefgijklmnñŋoópqrstuwxyàéë", "yo": "abdeẹfghijklmnoọprsṣtuwy",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя", "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "kk": "аәбвгғдежзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "fa": "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی", "ur": "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنوہھی",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
}  # fmt: skip
_HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげござじずぜぞだでどばびぶべぼ"
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンガギグゲゴザジズゼゾダデドバビブベボ"
_FIDEL = "ሀለመሠረሰሸቀበተቸነኘአከወዐዘየደጀገጠጨጸፈ"
_GROUPS: dict[str, tuple[str, ...]] = {
    "Latin": (_LATIN,),
    "Cyrillic": (_OF_LANGUAGE["ru"],),
    "Arabic": (_OF_LANGUAGE["ar"],),
    "Greek": ("αβγδεζηθικλμνξοπρστυφχψω",),
    "Hebrew": ("אבגדהוזחטיכלמנסעפצקרשת",),
    "Armenian": ("աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",),
    "Georgian": ("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",),
    "Devanagari": ("कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह", "अआइईउऊएऐओऔ"),
    "Bengali": ("কখগঘচছজঝটঠডঢণতথদধনপফবভমযরলশষসহ", "অআইঈউঊএঐওঔ"),
    "Gurmukhi": ("ਕਖਗਘਚਛਜਝਟਠਡਢਣਤਥਦਧਨਪਫਬਭਮਯਰਲਵਸਹ", "ਅਆਇਈਉਊਏਐਓਔ"),
    "Gujarati": ("કખગઘચછજઝટઠડઢણતથદધનપફબભમયરલવશષસહળ", "અઆઇઈઉઊએઐઓઔ"),
    "Oriya": ("କଖଗଘଚଛଜଝଟଠଡଢଣତଥଦଧନପଫବଭମଯରଲଶଷସହ", "ଅଆଇଈଉଊଏଐଓଔ"),
    "Tamil": ("கஙசஞடணதநபமயரலவழளறன", "அஆஇஈஉஊஎஏஐஒஓஔ"),
    "Telugu": ("కఖగఘచఛజఝటఠడఢణతథదధనపఫబభమయరలవశషసహళ", "అఆఇఈఉఊఎఏఐఒఓఔ"),
    "Kannada": ("ಕಖಗಘಚಛಜಝಟಠಡಢಣತಥದಧನಪಫಬಭಮಯರಲವಶಷಸಹಳ", "ಅಆಇಈಉಊಎಏಐಒಓಔ"),
    "Malayalam": ("കഖഗഘങചഛജഝഞടഠഡഢണതഥദധനപഫബഭമയരലവശഷസഹളഴറ", "അആഇഈഉഊഎഏഐഒഓഔ"),
    "Sinhala": ("කගචජටඩණතදනපබමයරලවසහළෆ", "අආඇඈඉඊඋඌඑඒඔඕ"),
    "Thai": ("กขคงจฉชซญดตถทธนบปผฝพฟมยรลวศษสหอฮ", "เแโใไ", "ะา"),
    "Lao": ("ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮ", "ເແໂໃໄ", "ະາ"),
    "Myanmar": ("ကခဂငစဆဇညတထဒနပဖဗဘမယရလဝသဟအ",),
    "Khmer": ("កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអ",),
    # Seven vowels per consonant, consecutive in Unicode; one group per vowel.
    "Ethiopic": tuple("".join(chr(ord(c) + vowel) for c in _FIDEL) for vowel in range(7)),
    "Hiragana": (_HIRAGANA, "っゃゅょ"),
    "Katakana": (_KATAKANA, "ッャュョァィェォ"),
    "Han": (
        "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行"
        "方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四",
    ),
}  # fmt: skip
_KANJI = (
    "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨"
)
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3

ALPHABETIC = frozenset({"Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Armenian", "Georgian"})
"""Scripts whose graphemes are single sounds; elsewhere a grapheme is a syllable or a word, and words have few of them."""
_MARKS_BELONG_TO_LETTERS = frozenset({"Latin", "Cyrillic", "Greek"})


@cache
def groups(script: str, language: str) -> tuple[str, ...]:
    """Groups of letters of a script that can take each other's place; empty for scripts without a list (and for Hangul)."""
    own = _OF_LANGUAGE.get(language, "")
    if own and script_of(own[0]) == script:
        return (own,)
    return (_KANJI,) if (script, language) == ("Han", "ja") else _GROUPS.get(script, ())


def substitute(grapheme: str, language: str, rng: random.Random) -> str | None:
    """Another grapheme for this one, in the same script, case and group, or None where the script has no list.

    Vowel signs and points stay on the new letter, except in scripts where a mark makes another letter of it (é, й). A
    Hangul syllable changes one of its two or three letters, as a slip of the finger does.
    """
    composed = unicodedata.normalize("NFC", grapheme)
    base, script = composed[0], script_of(composed)
    if _HANGUL_FIRST <= ord(base) <= _HANGUL_LAST:
        return _another_jamo(base, rng) + composed[1:]
    marks = "" if script in _MARKS_BELONG_TO_LETTERS else composed[1:]
    choices = groups(script, language)
    if not choices:
        return None
    group = next((g for g in choices if base.lower() in g), choices[0])
    return _in_case(rng.choice([c for c in group if c != base.lower()]), base, language) + marks


def letter(beside: str, language: str, rng: random.Random) -> str | None:
    """A letter to put in beside this grapheme, in its script and case, or None where the script has no list."""
    base, script = unicodedata.normalize("NFC", beside)[0], script_of(beside)
    if script == "Hangul":
        return chr(_HANGUL_FIRST + 28 * rng.randrange(19 * 21))
    choices = groups(script, language)
    return _in_case(rng.choice(choices[0]), base, language) if choices else None


def _in_case(new: str, old: str, language: str) -> str:
    if not old.isupper():
        return new
    upper = "İ" if new == "i" and language in ("tr", "az") else new.upper()
    return upper if len(upper) == 1 else new


def _another_jamo(syllable: str, rng: random.Random) -> str:
    """The syllable with another initial (19), vowel (21) or, if it has one, final (27): Unicode Standard, section 3.12."""
    rest, final = divmod(ord(syllable) - _HANGUL_FIRST, 28)
    initial, vowel = divmod(rest, 21)
    match rng.randrange(3 if final else 2):
        case 0:
            initial = (initial + rng.randrange(1, 19)) % 19
        case 1:
            vowel = (vowel + rng.randrange(1, 21)) % 21
        case _:
            final = 1 + (final - 1 + rng.randrange(1, 27)) % 27
    return chr(_HANGUL_FIRST + (initial * 21 + vowel) * 28 + final)
