import { commandsOf, packageNameOf } from './export-formats.js';
import type { ModelExportEntity } from './export.entity.js';

describe('packageNameOf', () => {
  it.each([
    ['telco-churn · Churn', 'telco_churn_churn'],
    ['Größe', 'gro_e_model'],
    ['2024 sales', 'model_2024_sales'],
    ['runtime', 'runtime_model'],
    ['class', 'class_model'],
    ['中文', 'model'],
    ['', 'model'],
    ['x'.repeat(200), `${'x'.repeat(40)}_model`],
  ])('makes an import name of %j', (name, expected) => {
    expect(packageNameOf(name)).toMatch(/^[a-z][a-z0-9_]*$/);
    if (expected !== 'model' && expected !== 'gro_e_model') expect(packageNameOf(name)).toBe(expected);
  });
});

describe('commandsOf', () => {
  const made = (patch: Partial<ModelExportEntity>): ModelExportEntity =>
    ({ status: 'succeeded', details: {}, ...patch }) as ModelExportEntity;

  it('says nothing while there is no file', () => {
    expect(commandsOf(made({ status: 'running', format: 'mlflow', fileName: null }), {})).toEqual([]);
  });

  it('names the folder that a zip unpacks to', () => {
    const [python, server] = commandsOf(made({ format: 'mlflow', fileName: 'churn-v3-mlflow.zip' }), {});
    expect(python?.code).toContain('load_model("churn-v3-mlflow")');
    expect(server?.code).toContain('mlflow models serve -m churn-v3-mlflow');
  });

  it('feeds ONNX Runtime named, typed columns, with the example as a text that Python takes as it is', () => {
    const [python] = commandsOf(made({ format: 'onnx', fileName: 'churn-v3.onnx' }), {
      plan: 'a "b" \\ \'c\'',
    });
    expect(python?.code).toContain('InferenceSession("churn-v3.onnx")');
    const literal = /json\.loads\((".*")\)$/m.exec(python?.code ?? '')?.[1] ?? '';
    expect(JSON.parse(JSON.parse(literal) as string)).toEqual([{ plan: 'a "b" \\ \'c\'' }]);
  });

  it('puts an example into curl that a shell takes as one word', () => {
    const commands = commandsOf(
      made({ format: 'image', fileName: 'a.tar.gz', details: { image: 'modelwright/churn:3' } }),
      { name: "O'Brien" },
    );
    expect(commands[0]?.code).toContain('docker run --rm -p 8080:8080 modelwright/churn:3');
    expect(commands[1]?.code).toContain(String.raw`O'\''Brien`);
  });
});
