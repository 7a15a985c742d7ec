/** The words of the product, used one way everywhere; tooltips read them from here. */
export const GLOSSARY = {
  project: 'One question: its data, its runs, its models and their endpoints.',
  dataset: 'A table, kept in versions. A version never changes.',
  'dataset version': 'The table as it was uploaded at one time. Runs remember which one they used.',
  column: 'One property of every row: its type says what the values are, its role what they are for.',
  target: 'The column that a model learns to predict.',
  feature: 'A column that a model may look at.',
  identifier: 'A column that names rows rather than describing them. Models learn nothing true from it.',
  leak: 'A column that knows the answer: it would not be there when a prediction is needed.',
  run: 'A time-boxed search for a good model on one dataset version.',
  candidate: 'One pipeline that a run tries, with its score on every fold.',
  baseline: 'The simplest guess, such as the most frequent class. What is not better is worthless.',
  fold: 'A part of the training rows that is set aside once, while the model learns from the others.',
  'hold-out': 'Rows that no candidate ever saw. The final figures come from them.',
  metric: 'The number by which candidates are compared.',
  ensemble: 'Several candidates that answer together.',
  model: 'What a run found, registered under a name and kept in versions.',
  alias: 'A name that points to one version, such as champion.',
  deployment: 'A model version that is being served: an endpoint that answers predictions.',
  request: 'One call of an endpoint, with its rows, its answer and how long it took.',
  key: 'The secret that lets a program call one deployment. Shown once, stored as a hash.',
} as const;

export type Term = keyof typeof GLOSSARY;
