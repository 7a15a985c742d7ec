"""Fits the peer's pipeline on the bench table: impute, scale, one-hot, 100 trees of LightGBM."""

import sys

import joblib
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = pd.read_csv(sys.argv[1])
target = table.pop(sys.argv[2])
numbers = make_pipeline(SimpleImputer(), StandardScaler())
words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
columns = make_column_transformer(
    (numbers, make_column_selector(dtype_include="number")),
    (words, make_column_selector(dtype_exclude="number")),
)
pipeline = make_pipeline(columns, LGBMClassifier(n_estimators=100, num_leaves=31, verbose=-1)).fit(table, target)
joblib.dump(pipeline, sys.argv[3])
