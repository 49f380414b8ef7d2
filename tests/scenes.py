"""Writes docs/scenes.html: the same ten scenes in every language, words of one meaning in one colour.

`python -m tests.scenes` writes it anew after a lexicon or grammar has changed.
"""

from html import escape
from pathlib import Path

from dashboard import theme, tokens
from engine import languages
from engine.miniature import items, lexicon
from engine.miniature.items import Saying, spoken

PAGE = Path(__file__).parents[1] / "docs" / "scenes.html"
SCENES = (
    "who=teacher action=read whom=book",
    "who=girl action=sleep where=station when=night",
    "who=baker action=sell number=three whom=bread when=morning",
    "who=doctor action=feed whom=horse whom_quality=big negated",
    "who=dog action=run number=two where=beach",
    "who=boy action=break who_quality=happy whom=guitar whom_quality=old",
    "who=queen action=help whom=lawyer where=court when=monday manner=1",
    "who=nurse action=examine number=five who_quality=young whom=patient where=clinic manner=3",
    "who=maria_silva action=call whom=red_cross where=tokyo when=sunday opening=finally",
    "who=engineer action=invent whom=robot where=laboratory ask=who",
)
HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ten scenes in twenty languages</title>
<style>
body{{font:16px/1.5 system-ui,"Noto Sans",sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
td{{vertical-align:top;padding:.1rem .6rem}} td:first-child{{white-space:nowrap;opacity:.75}} td:last-child{{width:100%}}
h2{{font-size:1.05rem;margin:2rem 0 .4rem}} code{{font-size:.85em}}
{css}
</style>
<h1>Ten scenes in twenty languages</h1>
<p>Words of the same colour and name say the same part of the scene in every language: this is the gold alignment, before content words are
parted from function words. Hover for the part of speech. Written by <code>python -m tests.scenes</code>; see miniature.md.</p>
"""


def page() -> str:
    """The whole page as HTML."""
    return HEAD.format(css=theme.CSS) + "".join(_scene(items.parse(words), words) for words in SCENES) + "</html>\n"


def _scene(saying: Saying, words: str) -> str:
    rows = []
    for code in lexicon.languages():
        said = spoken(saying, code)
        rows.append(f"<tr><td>{escape(languages.get(code).name)}</td><td>{tokens.aligned(said.text, said.spans, code)}</td></tr>\n")
    return f"<h2>{escape(spoken(saying, 'en').text)} <code>{escape(words)}</code></h2>\n<table>\n{''.join(rows)}</table>\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
