"""Free text as numbers: TF-IDF of words and word pairs, dense topics for trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats

MAX_TERMS = 8000
TOPICS = 40


class TextColumn:
    """One text column. `sparse` keeps the TF-IDF matrix, else it is folded into topics (SVD).

    Both add the number of characters and of words (log).
    """

    def __init__(self, name: str, sparse: bool, seed: int) -> None:
        self.name = name
        self.sparse = sparse
        self.seed = seed
        self.vectorizer: Any = None
        self.topics: Any = None

    def fit_transform(self, values: Any) -> Any:
        """Learn the vocabulary; return a CSR matrix if `sparse`, else a float matrix."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = _texts(values)
        self.vectorizer = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2 if len(texts) >= 50 else 1,
            max_features=MAX_TERMS,
            sublinear_tf=True,
            strip_accents="unicode",
        )
        try:
            terms = self.vectorizer.fit_transform(texts)
        except ValueError:
            # No word occurs often enough: the lengths are all that can be used.
            self.vectorizer = None
            return self._lengths(texts)
        if self.sparse:
            return _join(terms, _lengths(texts))
        size = min(TOPICS, min(terms.shape) - 1)
        if size < 1:
            self.vectorizer = None
            return self._lengths(texts)
        from sklearn.decomposition import TruncatedSVD

        self.topics = TruncatedSVD(n_components=size, n_iter=3, random_state=self.seed)
        return np.concatenate([self.topics.fit_transform(terms), _lengths(texts)], axis=1)

    def transform(self, values: Any) -> Any:
        """Encode other rows."""
        texts = _texts(values)
        if self.vectorizer is None:
            return self._lengths(texts)
        terms = self.vectorizer.transform(texts)
        if self.sparse:
            return _join(terms, _lengths(texts))
        return np.concatenate([self.topics.transform(terms), _lengths(texts)], axis=1)

    def _lengths(self, texts: list[str]) -> Any:
        lengths = _lengths(texts)
        if not self.sparse:
            return lengths
        from scipy.sparse import csr_matrix

        return csr_matrix(lengths)


def _texts(values: Any) -> list[str]:
    items = np.asarray(values, dtype=object).tolist()
    return [str(item) if item is not None and item == item else "" for item in items]


def _lengths(texts: list[str]) -> Floats:
    """Characters and words per text, as log1p over 5: about the size of the other features."""
    counts = [(len(text), text.count(" ") + 1 if text else 0) for text in texts]
    return np.log1p(np.array(counts, dtype=np.float64).reshape(len(texts), 2)) / 5.0


def _join(terms: Any, lengths: Floats) -> Any:
    from scipy.sparse import csr_matrix, hstack

    return hstack([terms, csr_matrix(lengths)], format="csr")
