"""Texts as escaped HTML: attribution heat, marked edits, right-to-left text right. Every function returns a string."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboard import theme
from engine.miniature.realisation import Span
from engine.results import Attribution, Edit, WordScore

THICKEST = 5
"""Pixels under the word with the largest score."""
FAINT = 0.05
"""Share of the largest score below which a word carries no sign: it would be noise."""


def text(content: str, language: str = "") -> str:
    """A text as it is, in its own direction."""
    return _paragraph(escape(content), language)


def heat(attribution: Attribution, content: str, side: str, language: str = "", largest: float | None = None) -> str:
    """One text with the score of every word under it: strength as colour and underline, direction as colour and sign.

    `largest` is the score that gets the full colour; pass the same one for texts that are to be compared.
    """
    words = sorted((w for w in attribution.words if w.side == side), key=lambda w: w.start)
    scale = largest or strongest(attribution)
    pieces, position = [], 0
    for word in words:
        if word.start < position:
            continue
        pieces.append(escape(content[position : word.start]))
        pieces.append(_word(word, content[word.start : word.end], scale))
        position = word.end
    pieces.append(escape(content[position:]))
    return _paragraph("".join(pieces), language)


def strongest(*attributions: Attribution) -> float:
    """The largest absolute score of these attributions: the end of a shared colour scale. 0.0 without words."""
    return max((abs(w.score) for a in attributions for w in a.words), default=0.0)


def heat_legend(target: str) -> str:
    """What colour, sign and underline mean."""
    towards = f"speaks for <b>{escape(target)}</b>"
    return (
        '<div class="bp-legend">'
        f'<span><span class="bp-word" style="background:rgba({theme.POSITIVE},.45);border-bottom-width:{THICKEST}px">word</span>'
        f'<span class="bp-sign bp-pos"></span> {towards}</span>'
        f'<span><span class="bp-word bp-neg" style="background:rgba({theme.NEGATIVE},.45);border-bottom-width:{THICKEST}px">word</span>'
        '<span class="bp-sign bp-neg"></span> speaks against it</span>'
        "<span>thicker line and stronger colour: larger score; hover for the value</span></div>"
    )


def edited(original: str, edits: Sequence[Edit], perturbed: str, language: str = "") -> str:
    """The perturbed text with every change marked in place; what stood there before shows on hover."""
    pieces, position = [], 0
    plain = []
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < position:
            return _paragraph(escape(perturbed), language)
        between = original[position : edit.start]
        pieces += [escape(between), _edit(edit)]
        plain += [between, edit.after]
        position = edit.end
    pieces.append(escape(original[position:]))
    plain.append(original[position:])
    # Edits that do not lead to this text (several changes of one place, say) would mark the wrong words.
    if "".join(plain) != perturbed:
        return _paragraph(escape(perturbed), language)
    return _paragraph("".join(pieces), language)


SLOTS = {
    "who": ("who", 0), "who_quality": ("who: what like", 4), "number": ("how many", 6), "action": ("did what", 1), "whom": ("to whom or what", 2),
    "whom_quality": ("to whom: what like", 3), "where": ("where", 5), "when": ("when", 7), "negation": ("denied", 8), "question": ("asked", 8),
    "connective": ("connective", 8), "punctuation": ("", 9),
}  # fmt: skip
"""What the words of a slot say, and the number of its colour."""


def aligned(content: str, spans: Sequence[Span], language: str = "") -> str:
    """A sentence whose words are coloured and named by what they say: the same colour and name say the same in every language.

    The name stands once after neighbouring words of one slot; every word's tag shows on hover.
    """
    pieces, position = [], 0
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        pieces.append(escape(content[position : span.start]))
        position = span.end
        name, colour = SLOTS[span.slot]
        mark = f'<sup class="bp-slot-name">{escape(name)}</sup>' if name and (following is None or following.slot != span.slot) else ""
        title = f"{name}, {span.tag}" if name else span.tag
        pieces.append(f'<span class="bp-slot bp-slot-{colour}" title="{escape(title)}">{escape(span.text)}</span>{mark}')
    return _paragraph("".join(pieces) + escape(content[position:]), language)


def alignment_legend() -> str:
    """What colours and names mean."""
    return '<div class="bp-legend"><span>Words of the same colour and name say the same part of the scene; hover for the part of speech.</span></div>'


def edit_legend() -> str:
    """What the marks of `edited` mean."""
    return (
        '<div class="bp-legend"><span><ins class="bp-ins">new</ins> changed or added; hover for what stood there</span>'
        '<span><del class="bp-del">old</del> left out</span></div>'
    )


def _word(word: WordScore, shown: str, scale: float) -> str:
    share = min(abs(word.score) / scale, 1.0) if scale else 0.0
    colour = theme.POSITIVE if word.score >= 0 else theme.NEGATIVE
    kind = "bp-pos" if word.score >= 0 else "bp-neg"
    style = f"background:rgba({colour},{0.45 * share:.2f});border-bottom-width:{round(THICKEST * share)}px"
    sign = f'<span class="bp-sign {kind}"></span>' if share >= FAINT else ""
    return f'<span class="bp-word {kind}" style="{style}" title="{word.score:+.4f}">{escape(shown)}</span>{sign}'


def _edit(edit: Edit) -> str:
    before = escape(edit.before)
    if not edit.after:
        return f'<del class="bp-del" title="left out">{before}</del>'
    return f'<ins class="bp-ins" title="was: {before or "nothing"}">{escape(edit.after)}</ins>'


def _paragraph(inner: str, language: str) -> str:
    tag = f' lang="{escape(language)}"' if language else ""
    return f'<p class="bp-text" dir="auto"{tag}>{inner}</p>'
