"""Errors that end a training run with a sentence for the person who started it."""

from __future__ import annotations


class TrainingError(Exception):
    """The run cannot go on; the message says why and what to do, in plain words."""


class Cancelled(Exception):
    """The run was cancelled from outside (command file or SIGTERM)."""
