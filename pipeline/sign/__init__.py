"""Documents to sketches: normalised words, shingle hashes, datasketch's MinHash, keys to look candidates up by."""

from copydesk.pipeline.sign.minhash import as_datasketch
from copydesk.pipeline.sign.sketch import sign, sign_texts

__all__ = ["as_datasketch", "sign", "sign_texts"]
