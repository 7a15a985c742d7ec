"""The usual way to predict a table by hand: pandas reads it, the pipeline predicts, pandas writes it."""

import sys
import time

import joblib
import pandas as pd

pipeline = joblib.load(sys.argv[1])
started = time.perf_counter()
table = pd.read_csv(sys.argv[2])
read = time.perf_counter()
shares = pipeline.predict_proba(table)
predicted = time.perf_counter()
for place, label in enumerate(pipeline.classes_):
    table[f"probability {label}"] = shares[:, place]
table["prediction"] = pipeline.classes_[shares.argmax(axis=1)]
table.to_csv(sys.argv[3], index=False)
ended = time.perf_counter()
print(f"{predicted - read} {ended - started}")
