"""What `/metrics` tells, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the duration buckets, seconds."""

_REQUESTS = "http_server_request_duration_seconds"
_PREDICTIONS = "modelwright_predictions_total"


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    total: float = 0.0
    number: int = 0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.total += seconds
        self.number += 1
        for index, bound in enumerate(BOUNDS):
            if seconds <= bound:
                self.counts[index] += 1


class Metrics:
    """Counts requests by route, method and status, and predicted rows. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], _Histogram] = defaultdict(_Histogram)
        self._rows = 0

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        with self._lock:
            self._requests[route, method, status].observe(seconds)

    def predicted(self, rows: int) -> None:
        """Count predicted rows."""
        with self._lock:
            self._rows += rows

    def text(self) -> bytes:
        """Return everything counted so far."""
        lines = [
            f"# HELP {_REQUESTS} Time from the request to its answer.",
            f"# TYPE {_REQUESTS} histogram",
        ]
        with self._lock:
            for (route, method, status), histogram in sorted(self._requests.items()):
                labels = (
                    f'http_route="{route}",http_request_method="{method}",'
                    f'http_response_status_code="{status}"'
                )
                lines += [
                    f'{_REQUESTS}_bucket{{{labels},le="{bound:g}"}} {count}'
                    for bound, count in zip(BOUNDS, histogram.counts, strict=True)
                ]
                lines += [
                    f'{_REQUESTS}_bucket{{{labels},le="+Inf"}} {histogram.number}',
                    f"{_REQUESTS}_sum{{{labels}}} {histogram.total:.6f}",
                    f"{_REQUESTS}_count{{{labels}}} {histogram.number}",
                ]
            lines += [
                f"# HELP {_PREDICTIONS} Rows that were predicted.",
                f"# TYPE {_PREDICTIONS} counter",
                f"{_PREDICTIONS} {self._rows}",
            ]
        return ("\n".join(lines) + "\n").encode()
