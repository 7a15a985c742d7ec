"""A whole fitted model to its compiled form."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.compiling.binary import MAX_BYTES, VERSION, ArrayPool, CompiledModel
from runtime.compiling.encoders import (
    EncodedFeatures,
    EncoderCompiler,
    Slots,
    check_encoder,
    level_names,
)
from runtime.compiling.errors import CannotCompileError, Refusal
from runtime.compiling.inspecting import expect_fields, expect_type
from runtime.compiling.learners import compile_learner
from runtime.contract import ModelContract
from runtime.importing.adapter import ImportedModel
from runtime.training.learner import Baseline
from runtime.training.model import FittedPipeline, TabularModel

FORMAT = "modelwright-compiled-model"
TOLERANCE = 1e-9
"""How far numbers may differ from Python's, relative to their size."""

TOLERANCE_FLOAT32 = 2.5e-7
"""The same where the library itself computes its last steps in float32 (XGBoost)."""

_PIPELINE_FIELDS = {"encoder", "learner", "settings", "present", "low", "high"}
_SETTINGS_FIELDS = {"classes", "absolute", "log_target", "balanced", "seed"}


def compile_model(model: Any, contract: dict[str, Any]) -> CompiledModel | Refusal:
    """Translate a fitted `TabularModel` that answers rows of `contract` (parsed contract.json).

    A part that is not known exactly is refused with the reason, never translated by likeness.
    """
    try:
        return _compile(model, contract)
    except CannotCompileError as refused:
        return Refusal(str(refused))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        what = " ".join(str(error).split())[:200]
        return Refusal(f"The model is not built as expected ({type(error).__name__}: {what}).")


def _compile(model: Any, document: dict[str, Any]) -> CompiledModel:
    if type(model) is ImportedModel:
        raise CannotCompileError("Models that were made elsewhere are not compiled.")
    expect_type(model, TabularModel)
    expect_fields(model, {"columns", "labels", "members"}, {"threshold", "positive", "costs"})
    if model.costs is not None:
        raise CannotCompileError("It decides by expected costs, which the format has no word for.")
    contract = ModelContract.from_json(document)
    inputs = _inputs(model, contract)
    pool = ArrayPool()
    slots = Slots({column["name"]: place for place, column in enumerate(inputs)})
    encoders = _encoders(model)
    levels = level_names(encoders)
    for column in inputs:
        if column["type"] == "category":
            column["levels"] = levels.get(column["name"], [])
    compiler = EncoderCompiler(pool, slots, levels)
    translated = [compiler.compile(encoder) for encoder in encoders]
    members = [
        _member(weight, pipeline, encoders, translated, pool, model, contract)
        for weight, pipeline in model.members
    ]
    if not members:
        raise CannotCompileError("The model has no members.")
    if len(members) == 1:
        members[0]["weight"] = None
    description = {
        "format": FORMAT,
        "version": VERSION,
        "task": document["task"],
        "inputs": inputs,
        "output": _output(model, contract, document),
        "slots": slots.size,
        "encoders": [
            {"first": one.first, "width": one.width, "steps": one.steps} for one in translated
        ],
        "members": members,
        "tolerance": _tolerance(members),
        "probes": None,
    }
    compiled = CompiledModel(description, pool.arrays)
    size = sum(array.nbytes for array in pool.arrays)
    if size > MAX_BYTES:
        raise CannotCompileError(
            f"The compiled model would take {size / 2**20:.0f} MB; {MAX_BYTES // 2**20} MB are the "
            "most that is held in memory for quick answers."
        )
    return compiled


def _inputs(model: TabularModel, contract: ModelContract) -> list[dict[str, Any]]:
    kinds = {column.name: column.type for column in contract.inputs}
    for name, kind in model.columns:
        if kinds.get(name) != kind:
            raise CannotCompileError(f"The contract does not describe the column {name!r}.")
    inputs = []
    for column in contract.inputs:
        if column.type == "datetime" and column.format is not None and "%" in column.format:
            raise CannotCompileError(f"The dates of {column.name!r} are written in their own way.")
        inputs.append({"name": column.name, "type": column.type, "nullable": column.nullable})
    return inputs


def _encoders(model: TabularModel) -> list[Any]:
    """Return the distinct encoders that some learner needs, checked."""
    distinct: list[Any] = []
    for _, pipeline in model.members:
        expect_type(pipeline, FittedPipeline)
        expect_fields(pipeline, _PIPELINE_FIELDS)
        expect_fields(pipeline.settings, _SETTINGS_FIELDS, {"class_weights", "clusters"})
        if type(pipeline.learner) is Baseline:
            continue
        if not any(pipeline.encoder is known for known in distinct):
            check_encoder(pipeline.encoder)
            distinct.append(pipeline.encoder)
    return distinct


def _member(
    weight: float,
    pipeline: FittedPipeline,
    encoders: list[Any],
    translated: list[EncodedFeatures],
    pool: ArrayPool,
    model: TabularModel,
    contract: ModelContract,
) -> dict[str, Any]:
    place = next((i for i, known in enumerate(encoders) if known is pipeline.encoder), None)
    features = None if place is None else translated[place]
    learner = compile_learner(pipeline.learner, features, pool)
    return {
        "weight": float(weight),
        "encoder": place,
        "learner": learner,
        "finish": _finish(pipeline, int(learner["outputs"]), model, contract),
    }


def _finish(
    pipeline: FittedPipeline, outputs: int, model: TabularModel, contract: ModelContract
) -> dict[str, Any]:
    settings = pipeline.settings
    if settings.clusters:
        raise CannotCompileError("Groups of similar rows are found in a way not translated yet.")
    if settings.classes != len(model.labels):
        raise CannotCompileError("A member of the model has other classes than the model.")
    if settings.classes == 0:
        if outputs != 1:
            raise CannotCompileError("A member of the model answers with several numbers.")
        return {
            "kind": "number",
            "exponential": bool(settings.log_target),
            "low": float(pipeline.low),
            "high": float(pipeline.high),
        }
    order = {label: place for place, label in enumerate(contract.classes)}
    present = np.arange(outputs) if outputs == settings.classes else pipeline.present
    if len(present) != outputs or sorted(order) != sorted(map(str, model.labels)):
        raise CannotCompileError("The classes of the model are not those of the contract.")
    return {"kind": "class", "places": [order[str(model.labels[code])] for code in present]}


def _output(
    model: TabularModel, contract: ModelContract, document: dict[str, Any]
) -> dict[str, Any]:
    if not model.labels:
        return {"kind": "number"}
    classes = list(contract.classes)
    positive = document["output"].get("positiveClass")
    threshold = document["output"].get("threshold")
    if threshold is not None and (len(classes) != 2 or positive not in classes):
        raise CannotCompileError("The contract's threshold needs two classes and a positive one.")
    return {
        "kind": "class",
        "classes": classes,
        "positive": classes.index(positive) if positive in classes else None,
        "threshold": None if threshold is None else float(threshold),
    }


def _tolerance(members: list[dict[str, Any]]) -> float:
    rough = any(
        part.get("float32Sums")
        for member in members
        for part in member["learner"].get("parts", [member["learner"]])
    )
    return TOLERANCE_FLOAT32 if rough else TOLERANCE
