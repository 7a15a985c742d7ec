import type { ModelContract } from '@modelwright/contracts';
import type { Endpoint, ServingTarget } from '../predict/endpoint.js';
import type { PredictReply } from '../predict/predict.service.js';
import { inputTensors, type InferenceQuestion, type Tensor } from './inference-tensors.js';

type Prediction = PredictReply['predictions'][number];

interface Output extends Tensor {
  readonly data: (prediction: Prediction) => readonly unknown[];
}

const MAX_NOTES = 20;

/** What an endpoint answers, tensor by tensor; the last two only where the endpoint has such rules. */
function outputsOf({ contract, rules }: Pick<ServingTarget, 'contract' | 'rules'>): Output[] {
  const { output } = contract;
  const isClass = output.kind === 'class';
  const classes = output.classes ?? [];
  const outputs: Output[] = [
    {
      name: 'predict',
      datatype: isClass ? 'BYTES' : 'FP64',
      shape: [-1, 1],
      data: ({ prediction }) => [prediction],
    },
  ];
  if (isClass)
    outputs.push({
      name: 'predict_proba',
      datatype: 'FP64',
      shape: [-1, classes.length],
      data: ({ probabilities }) => classes.map((label) => probabilities?.[label] ?? null),
    });
  if (rules.interval)
    outputs.push({
      name: 'predict_interval',
      datatype: 'FP64',
      shape: [-1, 2],
      data: ({ interval }) => [interval?.low ?? null, interval?.high ?? null],
    });
  if (rules.abstainBelow !== null)
    outputs.push({
      name: 'abstained',
      datatype: 'BOOL',
      shape: [-1, 1],
      data: ({ abstained }) => [abstained ?? false],
    });
  return outputs;
}

export function outputNames(target: Pick<ServingTarget, 'contract' | 'rules'>): string[] {
  return outputsOf(target).map(({ name }) => name);
}

/** Metadata of a version of a model in the protocol. The versions are all that can be asked for by number. */
export function describeModel({ slug, targets }: Endpoint, version: ServingTarget) {
  return {
    name: slug,
    versions: targets.map(({ target }) => String(target.modelVersionNumber)),
    platform: 'modelwright',
    inputs: inputTensors(version.contract),
    outputs: outputsOf(version).map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    parameters: parametersOf(version.contract),
  };
}

function parametersOf({ task, target, output }: ModelContract): Record<string, string> {
  return {
    task,
    ...(target ? { target: target.name } : {}),
    ...(output.classes ? { classes: JSON.stringify(output.classes) } : {}),
  };
}

/** The answer of a version as tensors, flat and row by row. What is remarkable about values is in the parameter `notes`. */
export function inferenceReply(
  { id, wanted }: InferenceQuestion,
  target: ServingTarget,
  { predictions, endpoint_slug: slug, request_id: requestId, model_version: version }: PredictReply,
) {
  const notes = notesOf(predictions);
  return {
    model_name: slug,
    model_version: String(version),
    ...(id === undefined ? {} : { id }),
    parameters: { request_id: requestId, ...(notes === '' ? {} : { notes }) },
    outputs: outputsOf(target)
      .filter(({ name }) => wanted === undefined || wanted.has(name))
      .map(({ name, datatype, shape, data }) => ({
        name,
        datatype,
        shape: [predictions.length, shape[1] ?? 1],
        data: predictions.flatMap(data),
      })),
  };
}

/** Warnings of the native answer in one text, for protocols that have room for no more. */
export function notesOf(predictions: readonly Prediction[]): string {
  const notes = predictions.flatMap(({ index, warnings }) =>
    (warnings ?? []).map(({ field, detail }) => `Row ${index}, ${field}: ${detail}`),
  );
  const more = notes.length > MAX_NOTES ? ` And ${notes.length - MAX_NOTES} more.` : '';
  return notes.slice(0, MAX_NOTES).join(' ') + more;
}
