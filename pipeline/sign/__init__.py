"""Documents become sketches: normalized words, shingle hashes, MinHash values, and keys to look candidates up by."""

from copydesk.pipeline.sign.minhash import as_datasketch
from copydesk.pipeline.sign.sketch import sign, sign_texts

__all__ = ["as_datasketch", "sign", "sign_texts"]
