"""Peer of the ingest bench: reads a CSV file with pandas and profiles it. Prints its times in ms as JSON."""

import json
import sys
import time

import pandas as pd

started = time.perf_counter()
frame = pd.read_csv(sys.argv[1])
read = time.perf_counter()
summary = frame.describe(include="all")
described = time.perf_counter()
unique = frame.nunique()
missing = frame.isna().sum()
finished = time.perf_counter()
print(
    json.dumps(
        {
            "rows": len(frame),
            "columns": len(summary.columns),
            "readMs": (read - started) * 1000,
            "describeMs": (described - read) * 1000,
            "countMs": (finished - described) * 1000,
            "pandas": pd.__version__,
            "distinct": int(unique.sum()),
            "missing": int(missing.sum()),
        }
    )
)
