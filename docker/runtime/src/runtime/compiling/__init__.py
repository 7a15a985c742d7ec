"""Fitted models as data: a small typed format that needs no Python to be evaluated."""

from runtime.compiling.binary import CompiledModel
from runtime.compiling.compiler import compile_model
from runtime.compiling.errors import Refusal

__all__ = ["CompiledModel", "Refusal", "compile_model"]
