"""The miniature: an authored, parallel, human-readable benchmark whose labels follow from meanings.

`meanings` holds scenes and what follows from what, `lexicon` reads one file per language, `grammars/` turns scenes into
sentences (one small grammar per language), `realisation` joins words and aligns languages, `pairs` samples the splits.
"""
