"""Pretrains a small multilingual encoder: `python -m engine pretrain`.

`corpus` gathers parallel text, `tokenizer` trains the pieces, `initial` sets token embeddings by truncated SVD, `batches` and `objectives`
hold translation ranking, masked LM and changed-word detection, `pretrain` runs and resumes the whole.
"""
