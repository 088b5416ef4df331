"""Documents to sketches: normalised words, shingle hashes, datasketch's MinHash, keys to look candidates up by."""

from pipeline.sign.minhash import as_datasketch
from pipeline.sign.sketch import sign, sign_texts
from pipeline.sign.tables import sign_articles

__all__ = ["as_datasketch", "sign", "sign_articles", "sign_texts"]
