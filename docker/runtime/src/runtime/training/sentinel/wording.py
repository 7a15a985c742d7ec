"""Words in text that give the class away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from runtime.training.sentinel.findings import BLOCKING, WARNING, Finding, Rows, words

WORD = re.compile(r"\w{2,}")
MIN_SHARE, MIN_ROWS = 0.01, 10
PRECISION, RECALL = 0.98, 0.3


def target_in_text(rows: Rows, ready: Callable[[], bool]) -> Iterator[Finding]:
    """Tell of words whose presence decides the class, above all the name of the class itself."""
    if not rows.is_classification:
        return
    chosen = rows.sample(rows.train)
    codes = [int(code) for code in rows.target[chosen]]
    totals = Counter(codes)
    own = {w for text in (*rows.labels, rows.target_name) for w in WORD.findall(text.lower())}
    for name, kind in rows.columns:
        if kind not in ("text", "category") or not ready():
            continue
        told = _deciding_word(words(rows.frame[name].to_numpy()[chosen]), codes, totals, own)
        if told is None:
            continue
        word, code, precision, recall = told
        is_label = word in own
        yield Finding(
            "target_in_text",
            BLOCKING if is_label else WARNING,
            f"The word “{word}” in {name} decides the class: {precision:.0%} of the rows with it "
            f"are {rows.labels[code]}, and {recall:.0%} of {rows.labels[code]} have it."
            + (" It is the name of the class itself." if is_label else ""),
            {"word": word, "class": rows.labels[code], "precision": precision, "recall": recall},
            name,
        )


def _deciding_word(
    texts: list[str], codes: list[int], totals: Counter[int], own: set[str]
) -> tuple[str, int, float, float] | None:
    found = [set(WORD.findall(text.lower())) for text in texts]
    if sum(len(bag) for bag in found) < 2 * sum(bool(bag) for bag in found):
        return None  # One word a cell is a category: its power is measured elsewhere.
    rows_with: Counter[str] = Counter(word for bag in found for word in bag)
    least = max(MIN_ROWS, int(MIN_SHARE * len(texts)))
    frequent = {word for word, count in rows_with.items() if count >= least}
    by_class: Counter[tuple[str, int]] = Counter(
        (word, code) for bag, code in zip(found, codes, strict=True) for word in bag & frequent
    )
    best: tuple[str, int, float, float] | None = None
    for (word, code), count in by_class.items():
        precision, recall = count / rows_with[word], count / totals[code]
        common = totals[code] / len(codes)
        if precision < PRECISION or recall < RECALL or precision < 1.2 * common:
            continue
        if best is None or (word in own, recall, word) > (best[0] in own, best[3], best[0]):
            best = (word, code, precision, recall)
    return best
