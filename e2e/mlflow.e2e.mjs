/**
 * What people do with MLflow works against this server: the real client logs by `autolog()` and by its plain functions,
 * reads back what it wrote, and everything is in the experiments table.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { mlflowPython, runWithClient } from './support/mlflow-client.mjs';
import { finishedRun, invite, readyDeployment, signInFirst, smallTable } from './support/world.mjs';

let installation;
let owner;
let project;
let python;
let folder;

const uri = () => `${installation.url}/api/mlflow/p/${project.id}`;
const token = async (client, scopes) =>
  (await client.post('/api/auth/tokens', { name: `mlflow ${scopes.join(' ')}`, scopes })).token;
const runs = async (search = '', extra = '') =>
  (
    await owner.get(
      `/api/projects/${project.id}/experiment-runs?search=${encodeURIComponent(search)}&sort=name${extra}`,
    )
  ).items;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modelwright-mlflow-'));
  python = await mlflowPython();
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  owner = await signInFirst(installation);
  project = await owner.post('/api/projects', { name: 'tracked' });
});
after(async () => {
  await installation?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('autolog of scikit-learn lands in the experiments table with metrics, parameters and the model', async () => {
  const { stdout, stderr } = await runWithClient(
    python,
    `
import mlflow, pandas
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
mlflow.set_experiment("autologged")
mlflow.sklearn.autolog()
data = load_breast_cancer(as_frame=True)
with mlflow.start_run(run_name="by autolog") as run:
    LogisticRegression(max_iter=5000, C=0.5).fit(data.data, data.target)
with mlflow.start_run(run_name="search") as parent:
    GridSearchCV(LogisticRegression(max_iter=5000), {"C": [0.1, 1.0]}, cv=2).fit(data.data.iloc[:, :3], data.target)
print(run.info.run_id)
`,
    { uri: uri(), token: await token(owner, ['manage']), cwd: folder },
  );
  assert.doesNotMatch(stderr, /Traceback|Encountered unexpected error/, stderr);
  const runId = stdout.trim().split('\n').at(-1);
  const found = await runs('params.C = 0.5 and metrics.training_accuracy_score > 0.9');
  assert.deepEqual(
    found.map(({ id, name, status, experimentName }) => ({ id, name, status, experimentName })),
    [{ id: runId, name: 'by autolog', status: 'succeeded', experimentName: 'autologged' }],
  );
  const detail = await owner.get(`/api/experiment-runs/${runId}`);
  assert.ok(detail.params.some(({ name, value }) => name === 'max_iter' && value === '5000'));
  assert.ok(detail.metrics.some(({ name, value }) => name === 'training_roc_auc' && value > 0.9));
  const nested = await runs('tags."mlflow.parentRunId" is not missing', '&show=all');
  assert.equal(nested.length, 2, 'the trials of the grid search');
  assert.ok(nested.every(({ parentId }) => parentId !== null));
});

test('the plain functions write and read: metrics with history, tags, search, artifacts, nested runs', async () => {
  const { stdout } = await runWithClient(
    python,
    `
import json, math, os, pathlib, mlflow
from mlflow import MlflowClient
client = MlflowClient()
assert client.get_experiment_by_name("nothing") is None
experiment = client.create_experiment("by hand", tags={"team": "blue"})
assert client.get_experiment(experiment).name == "by hand"
assert "by hand" in [e.name for e in client.search_experiments()]
mlflow.set_experiment(experiment_id=experiment)
with mlflow.start_run(run_name="one", description="first try") as run:
    mlflow.log_params({"family": "lightgbm", "max depth": 7})
    for step in range(20):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"auc": 0.91, "odd": math.nan, "huge": math.inf})
    mlflow.set_tags({"team": "blue", "drop": "me"})
    mlflow.delete_tag("drop")
    pathlib.Path("notes.json").write_text(json.dumps({"a": [1, 2]}))
    pathlib.Path("empty.txt").write_text("")
    os.makedirs("more/deep", exist_ok=True)
    pathlib.Path("more/deep/ü b.bin").write_bytes(bytes(range(256)) * 4096)
    mlflow.log_artifact("notes.json")
    mlflow.log_artifact("empty.txt")
    mlflow.log_artifacts("more", artifact_path="folder")
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_metric("auc", 0.5)
with mlflow.start_run(run_name="two"):
    mlflow.log_param("family", "linear")
    mlflow.log_metric("auc", 0.7)
id = run.info.run_id
history = client.get_metric_history(id, "loss")
assert [point.step for point in history] == list(range(20)), history
read = client.get_run(id)
assert read.data.metrics["loss"] == 0.05 and math.isnan(read.data.metrics["odd"]) and read.data.metrics["huge"] == math.inf
assert read.data.params == {"family": "lightgbm", "max depth": "7"}, read.data.params
assert read.data.tags["team"] == "blue" and "drop" not in read.data.tags
assert read.info.status == "FINISHED"
found = client.search_runs([experiment], "metrics.auc > 0.6 and params.family = 'lightgbm'", order_by=["metrics.auc DESC"])
assert [one.info.run_id for one in found] == [id]
ordered = client.search_runs([experiment], order_by=["metrics.auc ASC"], max_results=2)
assert len(ordered) == 2 and ordered.token, ordered.token
rest = client.search_runs([experiment], order_by=["metrics.auc ASC"], max_results=2, page_token=ordered.token)
assert [one.info.run_name for one in list(ordered) + list(rest)] == ["child", "two", "one"]
assert client.search_runs([experiment], "metrics.never > 1") == []
assert sorted(one.path for one in client.list_artifacts(id)) == ["empty.txt", "folder", "notes.json"]
assert [one.path for one in client.list_artifacts(id, "folder/deep")] == ["folder/deep/ü b.bin"]
target = client.download_artifacts(id, "", str(pathlib.Path("down").absolute().mkdir() or pathlib.Path("down").absolute()))
assert pathlib.Path(target, "folder/deep/ü b.bin").read_bytes() == bytes(range(256)) * 4096
assert json.loads(pathlib.Path(target, "notes.json").read_text()) == {"a": [1, 2]}
assert pathlib.Path(target, "empty.txt").read_bytes() == b""
frame = mlflow.search_runs(search_all_experiments=True, filter_string="tags.team = 'blue'", output_format="list")
assert [one.info.run_id for one in frame] == [id]
client.update_run(id, name="one, renamed")
client.delete_run(ordered[0].info.run_id)
try:
    client.get_run("0190a000-0000-7000-8000-000000000000")
    raise SystemExit("found a run that is not there")
except mlflow.exceptions.RestException as error:
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error.error_code
try:
    client.create_experiment("by hand")
    raise SystemExit("made an experiment twice")
except mlflow.exceptions.RestException as error:
    assert error.error_code == "RESOURCE_ALREADY_EXISTS", error.error_code
print(id)
`,
    { uri: uri(), token: await token(owner, ['manage']), cwd: folder },
  );
  const id = stdout.trim().split('\n').at(-1);
  assert.deepEqual(
    (await runs('experiment = "by hand"')).map(({ name }) => name),
    ['one, renamed', 'two'],
  );
  const detail = await owner.get(`/api/experiment-runs/${id}`);
  assert.equal(detail.notes, 'first try');
  assert.deepEqual(detail.tags, { team: 'blue' });
  const history = await owner.get(`/api/experiment-runs/${id}/metric-history?metric=loss`);
  assert.equal(history.items.length, 20);
  const files = await owner.get(`/api/experiment-runs/${id}/artifacts`);
  assert.deepEqual(
    files.items.map(({ path, isFolder }) => [path, isFolder]),
    [
      ['empty.txt', false],
      ['folder', true],
      ['notes.json', false],
    ],
  );
});

test('a model that the client logs is loaded again from here', async () => {
  const { stdout } = await runWithClient(
    python,
    `
import mlflow, mlflow.sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
X, y = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=1000).fit(X, y)
with mlflow.start_run(run_name="with a model"):
    info = mlflow.sklearn.log_model(model, name="model", serialization_format="cloudpickle")
again = mlflow.sklearn.load_model(info.model_uri)
assert (again.predict(X) == model.predict(X)).all()
print(info.model_uri)
`,
    { uri: uri(), token: await token(owner, ['manage']), cwd: folder },
  );
  assert.match(stdout, /models:\/m-/);
});

test('a token that may only read reads, one of somebody else finds nothing, and none is refused', async () => {
  const attempt = (code) => `
import mlflow
from mlflow import MlflowClient
client = MlflowClient()
try:
    ${code}
    print("ok")
except mlflow.exceptions.RestException as error:
    print(error.error_code)
`;
  const lastLine = ({ stdout }) => stdout.trim().split('\n').at(-1);
  const reading = await token(owner, ['read']);
  const stranger = await invite(owner, 'stranger');
  const as = async (credential, code) =>
    lastLine(await runWithClient(python, attempt(code), { uri: uri(), token: credential, cwd: folder }));
  assert.equal(await as(reading, 'client.search_experiments()'), 'ok');
  assert.equal(await as(reading, 'client.create_run("0")'), 'PERMISSION_DENIED');
  assert.equal(await as('mwp_nonsense', 'client.search_experiments()'), 'UNAUTHENTICATED');
  const own = await stranger.client.send('GET', `/api/projects/${project.id}/experiment-runs`);
  assert.equal(own.status, 404);
});

test('paths of files never leave the run they belong to (G08)', async () => {
  const created = await owner.post(`/api/mlflow/p/${project.id}/api/2.0/mlflow/runs/create`, {});
  const base = `/api/mlflow/p/${project.id}/api/2.0/mlflow-artifacts/artifacts/${created.run.info.run_id}`;
  const payloads = ['../../x', '..%2f..%2fx', '%2e%2e/x', 'a/../../x', 'a//b', '..\\x', 'a%00b', '....//x'];
  for (const payload of payloads) {
    const answer = await owner.send('PUT', `${base}/artifacts/${payload}`, { body: { a: 1 } });
    assert.ok([200, 400, 404].includes(answer.status), `${payload}: ${answer.status}`);
    const read = await owner.send('GET', `${base}/artifacts/${payload}`);
    assert.ok(read.status === 404 || read.text === '{"a":1}', `${payload} gave ${read.text.slice(0, 100)}`);
  }
});

test("MLflow's own client of a scoring server calls an endpoint, and a row of pandas gets the native answer", async () => {
  const dataset = await owner.upload(project.id, smallTable(), { name: 'scored.csv' });
  const run = await finishedRun(owner, project.id, dataset.id);
  const deployment = await readyDeployment(owner, project.id, run.modelVersionId, {
    endpointSlug: 'scored-by-mlflow',
    authMode: 'public',
  });
  const { contract } = await owner.get(`/api/deployments/${deployment.id}/schema`);
  const native = await owner.post(`/api/deployments/${deployment.id}/predict`, { rows: [contract.example] });
  const { stdout } = await runWithClient(
    python,
    `
import json, pandas
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
client = ScoringServerClient("127.0.0.1", 1)
client.url_prefix = ${JSON.stringify(`${installation.url}/api/deployments/scored-by-mlflow`)}
client.wait_server_ready(timeout=10)
answer = client.invoke(pandas.DataFrame([json.loads(${JSON.stringify(JSON.stringify(contract.example))})]))
print(answer.get_predictions(predictions_format="ndarray").tolist())
`,
    { uri: uri(), token: await token(owner, ['manage']), cwd: folder },
  );
  const [expected] = native.predictions;
  assert.ok(stdout.includes(String(expected.prediction)), stdout);
});
