"""Learners as data: constants, linear functions and groves of trees."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from runtime.compiling.binary import ArrayPool
from runtime.compiling.encoders import EncodedFeatures
from runtime.compiling.errors import CannotCompileError
from runtime.compiling.inspecting import expect_fields, expect_type
from runtime.compiling.lightgbm_text import lightgbm_trees
from runtime.compiling.trees import NARROW, WIDE, Grove, TreeArrays, below, floor32
from runtime.training.bagging import BaggedLightGbm
from runtime.training.boosters import CatBoost, LightGbm, XgBoost
from runtime.training.forests import Forest
from runtime.training.hist_gradient import HistGradientBoosting
from runtime.training.learner import Baseline, Learner, Linear

Description = dict[str, Any]

MARGIN_LIMIT = 500.0
"""Where `learner.from_margin` clips."""


def compile_learner(
    learner: Learner, features: EncodedFeatures | None, pool: ArrayPool
) -> Description:
    """Translate a fitted learner; `features` is None only for a constant.

    Raises:
        CannotCompileError: It has no exact translation.
    """
    if type(learner) is Baseline:
        return _baseline(learner, pool)
    make = _COMPILERS.get(type(learner))
    if make is None or features is None:
        raise CannotCompileError(f"{type(learner).__name__} has no translation.")
    return make(learner, features, pool)


def _baseline(learner: Baseline, pool: ArrayPool) -> Description:
    expect_fields(learner, {"parameters", "value"})
    values = np.atleast_1d(np.asarray(learner.value, dtype=np.float64))
    return {"kind": "constant", "outputs": int(values.size), "values": pool.f64(values)}


def _bagged(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    """Translate several models whose predictions are added and divided by their number."""
    expect_fields(learner, {"parameters", "learners"})
    for part in learner.learners:
        expect_type(part, LightGbm)
    parts = [_lightgbm(part, features, pool) for part in learner.learners]
    if len({part["outputs"] for part in parts}) != 1:
        raise CannotCompileError("The bagged models do not answer alike.")
    return {"kind": "mean", "outputs": parts[0]["outputs"], "parts": parts}


def _linear(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    expect_fields(learner, {"parameters", "classes", "weights", "intercept"})
    weights = np.asarray(learner.weights, dtype=np.float64)
    scores = 1 if weights.ndim == 1 else int(weights.shape[1])
    if weights.shape[0] != features.width:
        raise CannotCompileError("The linear model does not fit its encoder.")
    return {
        "kind": "linear",
        "scores": scores,
        "weights": pool.f64(weights),
        "intercept": pool.f64(np.broadcast_to(learner.intercept, (scores,))),
        **_link(learner.classes, scores, MARGIN_LIMIT),
    }


def _lightgbm(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    import lightgbm

    expect_fields(learner, {"parameters", "classes", "threads", "model"})
    expect_type(learner.model, lightgbm.Booster)
    if learner.model.num_feature() != features.width:
        raise CannotCompileError("LightGBM's trees do not fit their encoder.")
    grove = Grove(WIDE)
    scores = _scores(learner.classes)
    trees = lightgbm_trees(learner.model.model_to_string(num_iteration=-1), scores)
    for tree in trees:
        grove.add(tree)
    return {
        **_trees(grove, pool, "wide", scores),
        **_link(learner.classes, scores, MARGIN_LIMIT),
    }


def _xgboost(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    import xgboost

    expect_fields(learner, {"parameters", "classes", "model"})
    expect_type(learner.model, xgboost.Booster)
    document = json.loads(learner.model.save_raw("json"))["learner"]
    objective = document["objective"]["name"]
    classes = learner.classes
    known = {0: ("reg:squarederror", "reg:absoluteerror"), 2: ("binary:logistic",)}
    if objective not in known.get(classes, ("multi:softprob",)):
        raise CannotCompileError(f"XGBoost's objective {objective!r} has no translation.")
    if int(learner.model.num_features()) != features.width:
        raise CannotCompileError("XGBoost's trees do not fit their encoder.")
    if document["gradient_booster"]["name"] != "gbtree":
        raise CannotCompileError("Only XGBoost's ordinary trees have a translation.")
    scores = _scores(classes)
    model = document["gradient_booster"]["model"]
    rounds = int(learner.rounds)
    if model["tree_info"] != [index % scores for index in range(rounds * scores)]:
        raise CannotCompileError("XGBoost's trees are not one per class and round.")
    grove = Grove(NARROW)
    for tree in model["trees"]:
        grove.add(_xgboost_tree(tree))
    start = _xgboost_start(document["learner_model_param"]["base_score"], classes, scores)
    return {
        **_trees(grove, pool, "narrow", scores, start=start),
        "float32Features": True,
        "float32Sums": True,
        **_link(classes, scores, None),
        "float32Link": bool(classes),
    }


def _xgboost_tree(tree: dict[str, Any]) -> TreeArrays:
    if int(tree["tree_param"]["size_leaf_vector"]) > 1 or any(tree["split_type"]):
        raise CannotCompileError("XGBoost's trees have splits or leaves that are not known here.")
    left = np.array(tree["left_children"], dtype=np.int64)
    leaf = left < 0
    condition = np.array(tree["split_conditions"], dtype=np.float64).astype(np.float32)
    return TreeArrays(
        feature=np.where(leaf, -1, np.array(tree["split_indices"], dtype=np.int64)),
        threshold=np.where(leaf, condition.astype(np.float64), below(condition)),
        left=left,
        right=np.array(tree["right_children"], dtype=np.int64),
        default_left=np.array(tree["default_left"], dtype=bool) & ~leaf,
    )


def _xgboost_start(text: str, classes: int, scores: int) -> Any:
    """Return the margin every sum starts from; the file holds it after the link function."""
    values = np.atleast_1d(np.array(json.loads(text), dtype=np.float64)).astype(np.float32)
    base = np.broadcast_to(values, (scores,)).astype(np.float32)
    if classes == 2:
        one = np.float32(1.0)
        return -np.log(one / base - one)
    return base


def _catboost(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    import catboost

    expect_fields(learner, {"parameters", "categorical", "classes", "model"})
    expect_type(learner.model, catboost.CatBoostClassifier, catboost.CatBoostRegressor)
    if learner.categorical:
        raise CannotCompileError(
            "CatBoost encodes categories by itself here, which has no exact translation."
        )
    document = _catboost_document(learner.model)
    if "oblivious_trees" not in document:
        raise CannotCompileError("Only CatBoost's symmetric trees have a translation.")
    for column in document["features_info"].get("float_features", []):
        if column["borders"] and column["nan_value_treatment"] == "AsTrue":
            raise CannotCompileError("CatBoost treats missing values as the largest here.")
    if set(document["features_info"]) - {"float_features"}:
        raise CannotCompileError("CatBoost uses features that are not known here.")
    scores = _scores(learner.classes)
    columns = document["features_info"]["float_features"]
    places = [column["flat_feature_index"] for column in columns]
    if max(places, default=-1) >= features.width:
        raise CannotCompileError("CatBoost's trees do not fit their encoder.")
    scale, bias = document["scale_and_bias"]
    return {
        "kind": "oblivious",
        "scores": scores,
        **_oblivious(document["oblivious_trees"], places, scores, pool),
        "factor": float(scale),
        "bias": pool.f64(np.broadcast_to(np.asarray(bias, dtype=np.float64), (scores,))),
        "float32Features": True,
        **_link(learner.classes, scores, None),
    }


def _catboost_document(model: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _oblivious(
    trees: list[dict[str, Any]], places: list[int], scores: int, pool: ArrayPool
) -> Description:
    depths: list[int] = []
    tests: list[int] = []
    borders: list[float] = []
    leaves: list[Any] = []
    for tree in trees:
        splits = tree["splits"] or []
        if any(split["split_type"] != "FloatFeature" for split in splits):
            raise CannotCompileError("CatBoost combines features in a way that is not known here.")
        values = np.asarray(tree["leaf_values"], dtype=np.float64)
        if values.size != scores << len(splits):
            raise CannotCompileError("A tree of CatBoost has an unknown number of leaves.")
        depths.append(len(splits))
        tests.extend(places[split["float_feature_index"]] for split in splits)
        borders.extend(split["border"] for split in splits)
        leaves.append(values)
    return {
        "depths": pool.u8(depths),
        "features": pool.i32(tests),
        "borders": pool.add(np.asarray(borders, dtype=np.float64), "f32"),
        "leaves": pool.f64(np.concatenate(leaves) if leaves else np.empty(0)),
    }


def _hist_gradient(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    expect_fields(learner, {"parameters", "model", "classes"})
    model = learner.model
    expect_type(model, HistGradientBoostingClassifier, HistGradientBoostingRegressor)
    if model.loss not in ("log_loss", "squared_error", "absolute_error"):
        raise CannotCompileError(f"The loss {model.loss!r} has no translation.")
    sources, codes = _hist_columns(model, features)
    scores = _scores(learner.classes)
    known, places = model._bin_mapper.make_known_categories_bitsets()  # noqa: SLF001
    grove = Grove(WIDE)
    for stage in model._predictors:  # noqa: SLF001
        if len(stage) != scores:
            raise CannotCompileError("The boosting rounds do not have one tree per class.")
        for predictor in stage:
            grove.add(_hist_tree(predictor, sources, codes, known, places))
    start = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()  # noqa: SLF001
    return {
        **_trees(grove, pool, "wide", scores, start=start),
        **_link(learner.classes, scores, None),
    }


def _hist_columns(model: Any, features: EncodedFeatures) -> tuple[Any, dict[int, Any]]:
    """Return the encoded column of each of the model's, and the own codes of category columns.

    scikit-learn puts category columns first and numbers their values again; the codes returned
    give the model's number of each of ours, NaN where it has none.
    """
    width = int(model.n_features_in_)
    preprocessor = model._preprocessor  # noqa: SLF001
    if width != features.width:
        raise CannotCompileError("The boosted trees do not fit their encoder.")
    if preprocessor is None:
        return np.arange(width), {}
    mask = np.asarray(model.is_categorical_, dtype=bool)
    sources = np.concatenate([np.flatnonzero(mask), np.flatnonzero(~mask)])
    ordinal = preprocessor.named_transformers_["encoder"]
    codes: dict[int, Any] = {}
    for place, (source, values) in enumerate(
        zip(np.flatnonzero(mask), ordinal.categories_, strict=True)
    ):
        count = features.levels.get(int(source))
        if count is None:
            raise CannotCompileError("A category column of the boosted trees holds no codes.")
        own = np.full(count, np.nan)
        for number, value in enumerate(values):
            if value == value:
                own[int(value)] = number
        codes[place] = own
    return sources, codes


def _hist_tree(
    predictor: Any, sources: Any, codes: dict[int, Any], known: Any, places: Any
) -> TreeArrays:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    feature = nodes["feature_idx"]
    sets = {}
    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf).tolist():
        column = int(feature[node])
        sets[node] = _codes_left(
            codes[column],
            predictor.raw_left_cat_bitsets[int(nodes["bitset_idx"][node])],
            known[int(places[column])],
            bool(nodes["missing_go_to_left"][node]),
        )
    return TreeArrays(
        feature=np.where(leaf, -1, sources[np.where(leaf, 0, feature)]),
        threshold=np.where(leaf, nodes["value"], nodes["num_threshold"]),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        default_left=nodes["missing_go_to_left"].astype(bool) & ~leaf,
        sets=sets,
    )


def _codes_left(own: Any, left: Any, known: Any, missing_left: bool) -> Any:
    """Return which of our codes go left, as `_predictor_bitset.pyx` and `_predictor.pyx` decide."""
    result = np.empty(own.size, dtype=bool)
    for code, number in enumerate(own.tolist()):
        if number != number:
            result[code] = missing_left
        elif _in_bitset(left, int(number)):
            result[code] = True
        else:
            result[code] = False if _in_bitset(known, int(number)) else missing_left
    return result


def _in_bitset(words: Any, number: int) -> bool:
    return bool(int(words[number // 32]) >> (number % 32) & 1)


def _forest(learner: Any, features: EncodedFeatures, pool: ArrayPool) -> Description:
    from sklearn import ensemble

    expect_fields(learner, {"parameters", "model", "classes"})
    model = learner.model
    expect_type(
        model,
        ensemble.RandomForestClassifier,
        ensemble.ExtraTreesClassifier,
        ensemble.RandomForestRegressor,
        ensemble.ExtraTreesRegressor,
    )
    if model.n_outputs_ != 1 or model.n_features_in_ != features.width:
        raise CannotCompileError("The forest does not fit its encoder.")
    classes = int(learner.classes)
    # Vectors keep leaf values in float64 beside 12-byte nodes; a single number fits into 16 bytes.
    layout = "narrow" if classes else "wide"
    grove = Grove(NARROW if classes else WIDE)
    vectors: list[Any] = []
    for estimator in model.estimators_:
        tree, leaves = _forest_tree(estimator.tree_, classes, sum(map(len, vectors)))
        grove.add(tree)
        vectors.append(leaves)
    description = _trees(grove, pool, layout, max(classes, 1))
    if classes:
        description["vectors"] = pool.f64(np.concatenate(vectors))
    return {
        **description,
        "float32Features": True,
        "divisor": float(len(model.estimators_)),
        "link": "identity",
        "outputs": max(classes, 1),
    }


def _forest_tree(tree: Any, classes: int, known: int) -> tuple[TreeArrays, Any]:
    """Return the tree, and the distinct leaf vectors it adds behind the `known` ones."""
    leaf = tree.children_left < 0
    vector = None
    leaves = np.empty((0, max(classes, 1)))
    threshold = floor32(tree.threshold)
    if classes:
        values = tree.value[:, 0, :]
        values = values / values.sum(axis=1, keepdims=True)
        leaves, places = np.unique(values[leaf], axis=0, return_inverse=True)
        vector = np.zeros(leaf.size, dtype=np.int64)
        vector[leaf] = known + places.ravel()
        threshold = np.where(leaf, 0.0, threshold)
    else:
        threshold = np.where(leaf, tree.value[:, 0, 0], threshold)
    arrays = TreeArrays(
        feature=np.where(leaf, -1, tree.feature),
        threshold=threshold,
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        default_left=tree.missing_go_to_left.astype(bool) & ~leaf,
        vector=vector,
    )
    return arrays, leaves


def _scores(classes: int) -> int:
    return classes if classes > 2 else 1


def _trees(
    grove: Grove, pool: ArrayPool, layout: str, scores: int, start: Any = None
) -> Description:
    first = np.zeros(scores) if start is None else np.asarray(start, dtype=np.float64)
    if first.size != scores:
        raise CannotCompileError("The model starts from an unknown number of scores.")
    return {
        "kind": "trees",
        "layout": layout,
        "scores": scores,
        "nodes": pool.i32(grove.nodes),
        "roots": pool.i32(grove.roots),
        "start": pool.f64(first),
        "sets": pool.i32(grove.sets) if grove.set_words else None,
        "setWords": grove.set_words,
        "vectors": None,
        "divisor": None,
        "float32Features": False,
        "float32Sums": False,
        "float32Link": False,
    }


def _link(classes: int, scores: int, limit: float | None) -> Description:
    """Return how scores become outputs; two classes have one score and two outputs."""
    if classes == 0:
        return {"link": "identity", "outputs": 1}
    if classes == 2 and scores == 1:
        return {"link": "logistic", "limit": limit, "outputs": 2}
    if classes == scores:
        return {"link": "softmax", "outputs": classes}
    raise CannotCompileError("The model has an unknown number of scores.")


_COMPILERS: dict[type, Callable[[Any, EncodedFeatures, ArrayPool], Description]] = {
    Linear: _linear,
    LightGbm: _lightgbm,
    BaggedLightGbm: _bagged,
    XgBoost: _xgboost,
    CatBoost: _catboost,
    HistGradientBoosting: _hist_gradient,
    Forest: _forest,
}
