"""Training: a run specification and a Parquet table become a model that can be served.

Importing this package is cheap on purpose: a serving process imports the modules that a pickled
model needs and nothing of the search.
"""
