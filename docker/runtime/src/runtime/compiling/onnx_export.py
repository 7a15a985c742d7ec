"""A compiled model as ONNX: the whole pipeline, from raw columns to label and probabilities.

Every raw column is an input `(rows, 1)` of its own name: categories as strings, everything else as
float64 with NaN for missing (booleans as 0 and 1, date-times as seconds since 1970 in UTC). How a
missing category is written stands in the file's metadata (`missing_category`).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from runtime.compiling.binary import CompiledModel
from runtime.compiling.checking import Parity, compare
from runtime.compiling.errors import CannotCompileError, Refusal
from runtime.compiling.evaluator import Rows, evaluate
from runtime.compiling.onnx_graph import IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET, Graph
from runtime.compiling.onnx_steps import Columns, add_steps
from runtime.compiling.onnx_trees import add_oblivious, add_trees

MISSING_NAMES = ("", "NaN", "<missing>", "\u0001missing")
MAX_BYTES = 512 * 1024 * 1024
TOLERANCE, TOLERANCE_FLOAT32 = 1e-9, 5e-6
"""XGBoost adds its trees in float32, ONNX in float64: with many trees the last digits differ."""


def to_onnx(compiled: CompiledModel) -> bytes | Refusal:
    """Translate a compiled model; its numbers agree within the tolerances above (`check_onnx`)."""
    try:
        return _to_onnx(compiled)
    except CannotCompileError as refused:
        return Refusal(str(refused))


def onnx_inputs(compiled: CompiledModel, rows: Rows) -> dict[str, Any]:
    """Return encoded rows (`evaluator.encode_rows`) as the inputs of the ONNX model."""
    feeds: dict[str, Any] = {}
    missing = missing_category(compiled)
    for place, column in enumerate(compiled.description["inputs"]):
        values = rows[:, [place]]
        if column["type"] == "category":
            names = np.array([*column["levels"], missing, _unseen(column["levels"])], dtype=object)
            values = names[values.astype(np.int64)]
        feeds[column["name"]] = values
    return feeds


def check_onnx(data: bytes, compiled: CompiledModel, rows: Rows) -> Parity:
    """Compare the ONNX model with the compiled one on encoded rows (at least 1,000 of them)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    is_class = compiled.description["output"]["kind"] == "class"
    names = ["probabilities"] if is_class else ["prediction"]
    values = session.run(names, onnx_inputs(compiled, rows))[0]
    parity = compare(compiled, values if is_class else values[:, 0], evaluate(compiled, rows))
    rough = compiled.description["tolerance"] > TOLERANCE
    tolerance = TOLERANCE_FLOAT32 if rough else TOLERANCE
    return Parity(parity.rows, parity.difference, parity.classes_equal, tolerance)


def missing_category(compiled: CompiledModel) -> str:
    """Return the string that stands for a missing category: one that is no level."""
    levels = {
        level for column in compiled.description["inputs"] for level in column.get("levels", ())
    }
    return next(name for name in MISSING_NAMES if name not in levels)


def _unseen(levels: list[str]) -> str:
    name = "unseen"
    while name in levels:
        name += "?"
    return name


def _to_onnx(compiled: CompiledModel) -> bytes:
    graph = Graph()
    description = compiled.description
    inputs = []
    columns = Columns(graph)
    missing = missing_category(compiled)
    for place, column in enumerate(description["inputs"]):
        is_text = column["type"] == "category"
        kind = TensorProto.STRING if is_text else TensorProto.DOUBLE
        inputs.append(helper.make_tensor_value_info(column["name"], kind, ["rows", 1]))
        if is_text:
            columns.put_codes(place, _codes(graph, column, missing))
        else:
            columns.put(place, column["name"])
    first = description["inputs"][0]["name"]
    features = [add_steps(graph, compiled, encoder, columns) for encoder in description["encoders"]]
    total = None
    for member in description["members"]:
        encoded = None if member["encoder"] is None else features[member["encoder"]]
        values = _finished(
            graph, compiled, member, _learner(graph, compiled, member["learner"], encoded, first)
        )
        if member["weight"] is not None:
            values = graph.add("Mul", values, graph.number(member["weight"]))
        total = values if total is None else graph.add("Add", total, values)
    if total is None:
        raise CannotCompileError("The model has no members.")
    outputs = _outputs(graph, description["output"], total)
    return _serialized(graph, inputs, outputs, description, missing)


def _codes(graph: Graph, column: dict[str, Any], missing: str) -> str:
    levels = column["levels"]
    flat = graph.add("Reshape", column["name"], graph.constant(np.array([-1], dtype=np.int64)))
    return graph.add(
        "LabelEncoder",
        flat,
        domain=ML_DOMAIN,
        keys_strings=[*levels, missing],
        values_int64s=list(range(len(levels) + 1)),
        default_int64=len(levels) + 1,
    )


def _learner(
    graph: Graph, compiled: CompiledModel, learner: dict[str, Any], features: str | None, first: str
) -> str:
    arrays = compiled.arrays
    if learner["kind"] == "constant" or features is None:
        zeros = graph.add("ConstantOfShape", graph.add("Shape", first), value=_zero())
        return graph.add("Add", zeros, graph.constant(arrays[learner["values"]][None, :]))
    if learner["kind"] == "mean":
        parts = [_learner(graph, compiled, part, features, first) for part in learner["parts"]]
        total = graph.add("Sum", *parts)
        return graph.add("Div", total, graph.number(float(len(parts))))
    if learner["kind"] == "linear":
        weights = arrays[learner["weights"]].reshape(-1, learner["scores"])
        product = graph.add("MatMul", features, graph.constant(weights))
        scores = graph.add("Add", product, graph.constant(arrays[learner["intercept"]][None, :]))
        return _linked(graph, learner, scores)
    if learner.get("float32Features"):
        features = graph.float32(features)
    if learner["kind"] == "oblivious":
        scores = add_oblivious(graph, compiled, learner, features)
        scores = graph.add("Mul", scores, graph.number(learner["factor"]))
        scores = graph.add("Add", scores, graph.constant(arrays[learner["bias"]][None, :]))
        return _linked(graph, learner, scores)
    scores = add_trees(graph, compiled, learner, features)
    start = arrays[learner["start"]]
    if start.any():
        scores = graph.add("Add", scores, graph.constant(start[None, :]))
    if learner["divisor"] is not None:
        scores = graph.add("Div", scores, graph.number(learner["divisor"]))
    return _linked(graph, learner, scores)


def _zero() -> Any:
    return helper.make_tensor("value", TensorProto.DOUBLE, [1], [0.0])


def _linked(graph: Graph, learner: dict[str, Any], scores: str) -> str:
    if learner["link"] == "identity":
        return scores
    if learner["link"] == "softmax":
        return graph.add("Softmax", scores, axis=1)
    # 1 / (1 + exp(-x)) spelled out: `Sigmoid` of some runtimes is an approximation.
    power = graph.add("Exp", graph.add("Neg", graph.bounded(scores, -500.0, 500.0)))
    one = graph.number(1.0)
    positive = graph.add("Div", one, graph.add("Add", one, power))
    return graph.join([graph.add("Sub", one, positive), positive])


def _finished(graph: Graph, compiled: CompiledModel, member: dict[str, Any], values: str) -> str:
    finish = member["finish"]
    if finish["kind"] == "number":
        if finish["exponential"]:
            bounded = graph.add("Min", values, graph.number(700.0))
            values = graph.add("Sub", graph.add("Exp", bounded), graph.number(1.0))
        return graph.bounded(values, finish["low"], finish["high"])
    classes = len(compiled.description["output"]["classes"])
    places = finish["places"]
    if places == list(range(classes)):
        return values
    matrix = np.zeros((len(places), classes))
    matrix[np.arange(len(places)), places] = 1.0
    return graph.add("MatMul", values, graph.constant(matrix))


def _outputs(graph: Graph, output: dict[str, Any], values: str) -> list[Any]:
    if output["kind"] == "number":
        graph.rename(values, "prediction")
        return [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["rows", 1])]
    classes = output["classes"]
    if output["threshold"] is None:
        place = graph.add("ArgMax", values, axis=1, keepdims=0)
    else:
        positive = output["positive"]
        share = graph.add("Gather", values, graph.constant(np.array(positive, np.int64)), axis=1)
        below = graph.add("Less", share, graph.number(output["threshold"]))
        other, own = (graph.constant(np.array(p, np.int64)) for p in (1 - positive, positive))
        place = graph.add("Where", below, other, own)
    label = graph.add(
        "LabelEncoder",
        place,
        domain=ML_DOMAIN,
        keys_int64s=list(range(len(classes))),
        values_strings=classes,
        default_string="",
    )
    graph.rename(label, "label")
    graph.rename(values, "probabilities")
    return [
        helper.make_tensor_value_info("label", TensorProto.STRING, ["rows"]),
        helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, ["rows", len(classes)]),
    ]


def _serialized(
    graph: Graph, inputs: list[Any], outputs: list[Any], description: dict[str, Any], missing: str
) -> bytes:
    model = helper.make_model(
        helper.make_graph(graph.nodes, "pipeline", inputs, outputs, graph.constants),
        producer_name="modelwright",
        ir_version=IR_VERSION,
        opset_imports=[
            helper.make_opsetid("", OPSET),
            helper.make_opsetid(ML_DOMAIN, ML_OPSET),
        ],
        doc_string=__doc__,
    )
    properties = {
        "task": description["task"],
        "missing_category": missing,
        "columns": json.dumps({c["name"]: c["type"] for c in description["inputs"]}),
        "classes": json.dumps(description["output"].get("classes")),
    }
    helper.set_model_props(model, properties)
    if model.ByteSize() > MAX_BYTES:
        raise CannotCompileError("The ONNX file would be larger than 512 MB.")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
