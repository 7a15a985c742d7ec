/**
 * A model that was made elsewhere, whose answers are known beforehand and which misbehaves when a row asks for it. It is
 * imported as a pickle, so it is served by a container and never compiled.
 */
import { eventually } from './client.mjs';

/** Values of `months` that are asked for in no other row. */
export const ROW_THAT_HANGS = { plan: 'basic', months: 9001, spend: 1 };
export const ROW_THAT_EATS_MEMORY = { plan: 'basic', months: 9002, spend: 1 };

/** The rule of the model, in exact binary fractions so that both languages get the same numbers. */
export function ruleAnswer({ plan, months }) {
  const yes = ((months % 64) + (plan === 'basic' ? 32 : 0)) / 128;
  return { prediction: yes > 0.5 ? 'yes' : 'no', probabilities: { no: 1 - yes, yes } };
}

/** Only a model server has its model there: trying the model at its import is quick. */
const SLOW_START = `
import os, time
if os.path.exists("/model"):
    time.sleep(5)
`;

const SOURCE = `
import time
import numpy as np

class Rule:
    feature_names_in_ = np.array(["plan", "months", "spend"], dtype=object)
    classes_ = np.array(["no", "yes"], dtype=object)

    def predict_proba(self, frame):
        months = frame["months"].to_numpy(dtype=float)
        if (months == ${ROW_THAT_HANGS.months}).any():
            time.sleep(100_000)
        if (months == ${ROW_THAT_EATS_MEMORY.months}).any():
            eaten = [np.ones(1 << 27) for _ in range(1_000)]
        basic = (frame["plan"] == "basic").to_numpy()
        yes = (np.nan_to_num(months) % 64 + 32 * basic) / 128
        return np.column_stack([1 - yes, yes])

    def predict(self, frame):
        return self.classes_[(self.predict_proba(frame)[:, 1] > 0.5).astype(int)]

model = Rule()
`;

/** Pickle of protocol 0, written by hand: loading it evaluates the program above. */
function pickleOf(source) {
  const program = Buffer.from(source).toString('base64');
  const load = `[n for n in [{}] if not exec(__import__("base64").b64decode("${program}"), n)][0]["model"]`;
  return Buffer.from(`cbuiltins\neval\n(V${load}\ntR.`, 'latin1');
}

/**
 * Imports and registers the model.
 * @param {{ startsSlowly?: boolean }} [options] `startsSlowly`: it takes five seconds longer than usual to be served
 * @returns {Promise<string>} id of its model version
 */
export async function importRule(client, projectId, datasetId, { startsSlowly = false } = {}) {
  const modelName = startsSlowly ? 'slow rule' : 'rule';
  const form = new FormData();
  form.append('file', new Blob([pickleOf(startsSlowly ? SLOW_START + SOURCE : SOURCE)]), 'rule.pkl');
  const query = new URLSearchParams({ datasetId, target: 'churned' });
  const asked = await client.ok('POST', `/api/projects/${projectId}/model-imports?${query}`, { body: form });
  const found = await eventually(
    'the import to end',
    async () => {
      const now = await client.get(`/api/model-imports/${asked.id}`);
      return ['queued', 'running'].includes(now.status) ? undefined : now;
    },
    { seconds: 180 },
  );
  if (found.status !== 'usable') throw new Error(`The model was refused: ${found.reason}`);
  return (await client.post(`/api/model-imports/${found.id}/register`, { modelName })).modelVersionId;
}
