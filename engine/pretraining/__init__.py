"""Pretrains a small multilingual encoder: `python -m engine pretrain`.

`corpus` gathers parallel text, `tokenizer` trains the pieces, `initial` sets token embeddings by truncated SVD, `objectives`
holds translation ranking and masked LM, `pretrain` runs and resumes the whole.
"""
