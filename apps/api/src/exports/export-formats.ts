import type { ExportFormat, ModelExportEntity } from './export.entity.js';

interface FormatDescription {
  readonly format: ExportFormat;
  readonly label: string;
  readonly purpose: string;
}

/** What can be made of a model version. */
export const FORMATS: readonly FormatDescription[] = [
  {
    format: 'mlflow',
    label: 'MLflow model',
    purpose: 'A model folder for mlflow.pyfunc.load_model, mlflow models serve, Databricks and SageMaker.',
  },
  {
    format: 'package',
    label: 'Python package',
    purpose: 'A wheel for pip: the same predictions in any Python program or on its command line.',
  },
  {
    format: 'image',
    label: 'Container image',
    purpose: 'A server for any Docker, Kubernetes or KServe. It needs nothing from here and calls nobody.',
  },
  {
    format: 'onnx',
    label: 'ONNX model',
    purpose: 'One file for ONNX Runtime in Python, C++, C#, Java, JavaScript or on a phone.',
  },
];

/** Part of the fingerprint: raise it when exports are made differently, so that old files are not given out. */
export const EXPORT_REVISION = 1;

export interface Command {
  readonly label: string;
  readonly language: 'bash' | 'python';
  readonly code: string;
}

/** How to use a finished export; none before. */
export function commandsOf(
  { format, fileName, details, status }: ModelExportEntity,
  example: Readonly<Record<string, unknown>>,
): Command[] {
  if (status !== 'succeeded' || fileName === null) return [];
  const folder = fileName.replace(/\.zip$/, '');
  if (format === 'mlflow')
    return [
      {
        label: 'Python',
        language: 'python',
        code: `import mlflow\nimport pandas as pd\n\nmodel = mlflow.pyfunc.load_model("${folder}")\nmodel.predict(pd.read_csv("rows.csv"))`,
      },
      {
        label: 'Server',
        language: 'bash',
        code: `unzip ${fileName}\npip install -r ${folder}/requirements.txt\nmlflow models serve -m ${folder} --env-manager local -p 5001`,
      },
    ];
  if (format === 'package') {
    const name = fileName.split('-')[0] ?? fileName;
    return [
      {
        label: 'Python',
        language: 'python',
        code: `from ${name} import load\n\nmodel = load()\nmodel.predict([model.example])`,
      },
      {
        label: 'Command line',
        language: 'bash',
        code: `pip install ./${fileName}\npython -m ${name} predict rows.csv`,
      },
    ];
  }
  if (format === 'image') {
    const image = details.image ?? '';
    const body = JSON.stringify({ dataframe_records: [example] }).replaceAll("'", String.raw`'\''`);
    return [
      {
        label: 'Docker',
        language: 'bash',
        code: `docker load -i ${fileName}\ndocker run --rm -p 8080:8080 ${image}`,
      },
      {
        label: 'curl',
        language: 'bash',
        code: `curl -s http://localhost:8080/invocations \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`,
      },
    ];
  }
  return [{ label: 'Python', language: 'python', code: onnxSnippet(fileName, example) }];
}

/** Every column is an input `(rows, 1)`: categories are strings (empty: missing), all else float64 (NaN: missing). */
function onnxSnippet(fileName: string, example: Readonly<Record<string, unknown>>): string {
  return `import json
from datetime import datetime, timezone

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("${fileName}")
missing = session.get_modelmeta().custom_metadata_map["missing_category"]
types = json.loads(session.get_modelmeta().custom_metadata_map["columns"])
rows = json.loads(${pythonText(JSON.stringify([example]))})


def cell(value, kind):
    if kind == "category":
        if isinstance(value, bool):
            value = "true" if value else "false"
        return missing if value is None else str(value)
    if kind == "datetime" and value is not None:
        # An ISO time without a zone is in UTC.
        moment = datetime.fromisoformat(value)
        value = moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp() // 1
    if kind == "text":
        return 0.0  # the model does not look at it
    if kind == "boolean" and isinstance(value, str):
        value = value.lower() == "true"
    return float("nan") if value is None else float(value)


inputs = {
    name: np.array([[cell(row.get(name), kind)] for row in rows], object if kind == "category" else float)
    for name, kind in types.items()
}
names = [output.name for output in session.get_outputs()]
print(dict(zip(names, session.run(names, inputs))))`;
}

/** A text as a literal of Python: JSON's own escapes are Python's too. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}

const MAX_PACKAGE_NAME = 40;
const RESERVED = new Set([
  'runtime',
  'mlflow',
  'pandas',
  'numpy',
  'sklearn',
  'scipy',
  'joblib',
  'test',
  'code',
]);

/** An import name made of a model's name: `Telco churn · Churn` becomes `telco_churn_churn`. */
export function packageNameOf(modelName: string): string {
  const plain = modelName
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, MAX_PACKAGE_NAME)
    .replaceAll(/^_+|_+$/g, '');
  const named = /^[a-z]/.test(plain) ? plain : `model_${plain}`.replace(/_+$/, '');
  // A word of Python, or a package that the model itself needs, would be found in place of the export.
  return RESERVED.has(named) || PYTHON_WORDS.has(named) || !named.includes('_')
    ? `${named}_model`.replace(/_model_model$/, '_model')
    : named;
}

const PYTHON_WORDS = new Set([
  'class',
  'import',
  'lambda',
  'global',
  'return',
  'yield',
  'async',
  'await',
  'def',
]);
