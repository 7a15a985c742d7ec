import { runOfMlflowAddress } from './mlflow-address';

const RUN = '0192a000-0000-7000-8000-000000000001';

describe('an address that an MLflow client printed', () => {
  it('names its run', () => {
    expect(runOfMlflowAddress(`/experiments/0/runs/${RUN}`)).toBe(RUN);
    expect(runOfMlflowAddress(`/experiments/${RUN}/runs/${RUN}/artifacts`)).toBe(RUN);
  });

  it.each([null, '', '/experiments/0', '/experiments/0/runs/', '/models/x', `/experiments/0/runs/../${RUN}`])(
    'may name none: %s',
    (fragment) => expect(runOfMlflowAddress(fragment)).toBeUndefined(),
  );
});
