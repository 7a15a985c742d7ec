import { createHash } from 'node:crypto';
import { metricNamed, type CandidateState, type RunSpec } from '@modelwright/contracts';
import { pythonLiteral } from './python-literal.js';

export interface NotebookMember {
  readonly family: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly weight: number;
}

export interface NotebookFacts {
  readonly runId: string;
  readonly runName: string;
  readonly datasetName: string;
  readonly datasetVersionNumber: number;
  readonly spec: RunSpec;
  readonly candidate: CandidateState;
  readonly members: readonly NotebookMember[];
  readonly isWinner: boolean;
  /** The image that has everything the notebook needs. */
  readonly image: string;
}

export interface Notebook {
  readonly nbformat: 4;
  readonly nbformat_minor: 5;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly cells: readonly NotebookCell[];
}

export interface NotebookCell {
  readonly cell_type: 'markdown' | 'code';
  /** Stays the same when the notebook is made again. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly source: readonly string[];
  readonly execution_count?: null;
  readonly outputs?: readonly never[];
}

/** A notebook that loads the data, makes the same split and folds, and fits and judges one candidate. */
export function candidateNotebook(facts: NotebookFacts): Notebook {
  const make = cellMaker(`${facts.runId}/${facts.candidate.candidateId}`);
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
      modelwright: { runId: facts.runId, candidateId: facts.candidate.candidateId },
    },
    cells: [
      make('markdown', 'title', titleOf(facts)),
      make('code', 'setup', SETUP),
      make('markdown', 'run-text', '## The run\n\nWhat the run was asked for, as it was sealed.'),
      make('code', 'run', `SPEC = ${pythonLiteral(shownSpec(facts.spec))}\n\nDATA = Path("dataset.parquet")`),
      make('markdown', 'data-text', '## Data\n\nThe file is compared with its SHA-256 before it is used.'),
      make('code', 'data', DATA),
      make(
        'markdown',
        'split-text',
        '## Split and folds\n\nThe hold-out is set aside first. Folds are cut out of the rest; nothing is fitted outside of its fold.',
      ),
      make('code', 'split', SPLIT),
      make('markdown', 'recipe-text', '## The candidate'),
      make('code', 'recipe', recipeOf(facts.members)),
      make('markdown', 'score-text', scoreText(facts)),
      make('code', 'score', SCORE),
      make('code', 'compare', compareOf(facts)),
      ...(facts.isWinner ? winnerCells(make, facts) : []),
    ],
  };
}

type MakeCell = (type: 'markdown' | 'code', name: string, text: string) => NotebookCell;

function cellMaker(seed: string): MakeCell {
  return (type, name, text) => {
    const id = `${name}-${createHash('sha256').update(`${seed}/${name}`).digest('hex').slice(0, 8)}`;
    const source = text
      .split('\n')
      .map((line, index, lines) => (index < lines.length - 1 ? `${line}\n` : line));
    const cell = { cell_type: type, id, metadata: {}, source };
    return type === 'markdown' ? cell : { ...cell, execution_count: null, outputs: [] };
  };
}

const SETUP = `%matplotlib inline
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from runtime.training.replay import Replay, recipe`;

const DATA = `replay = Replay(SPEC, DATA)
replay.table.head()`;

const SPLIT = `pd.DataFrame(
    {
        "fit on": [fold.train.size for fold in replay.folds],
        "judged on": [fold.test.size for fold in replay.folds],
    },
    index=pd.RangeIndex(1, len(replay.folds) + 1, name="fold"),
)`;

const SCORE = `verdict = replay.cross_validate(candidate)
scores = verdict.scores
score = float(np.nanmean(scores))
print(f"{SPEC['metric']}: {score:.6f} (folds: {', '.join(f'{value:.4f}' for value in scores)})")

figure, axes = plt.subplots(figsize=(6, 2.5))
axes.bar(range(1, len(scores) + 1), scores)
axes.axhline(score, linestyle="--", color="black", linewidth=1)
axes.set(xlabel="fold", ylabel=SPEC["metric"], xticks=range(1, len(scores) + 1))
plt.show()`;

/** The one score of a leaderboard that takes the other candidates to be made again. */
const BLENDED =
  ' It is a blend: the run judged each fold with weights that it chose on the other folds, here the final weights judge all of them, so the last digits may differ.';

function titleOf({
  candidate,
  runName,
  datasetName,
  datasetVersionNumber,
  spec,
  image,
}: NotebookFacts): string {
  return `# ${plain(candidate.label)}

Candidate \`${candidate.candidateId}\` of run **${plain(runName)}**: predicts **${plain(spec.target ?? 'groups of rows')}** of ${plain(datasetName)}, version ${datasetVersionNumber}.

Put \`dataset.parquet\` (Data → Download → Parquet) beside this notebook and run it with the libraries of the run:

\`\`\`
docker run --rm -it -v "$PWD:/workspace" ${image} python -m runtime.training.replay notebook.ipynb
\`\`\`

or in any Jupyter whose kernel has the package \`runtime\`.`;
}

function scoreText({ candidate, spec }: NotebookFacts): string {
  const { label, greaterIsBetter } = metricNamed(spec.metric);
  return `## Cross-validation

${label}: ${greaterIsBetter ? 'more' : 'less'} is better. The run found **${number(candidate.score ?? 0)}** over ${candidate.folds ?? spec.validation.folds} folds.${candidate.isEnsemble === true ? BLENDED : ''}`;
}

function compareOf({ candidate }: NotebookFacts): string {
  return `found_by_the_run = ${pythonLiteral(candidate.score ?? null)}
print(f"The run found {found_by_the_run:.6f}; the difference is {abs(score - found_by_the_run):.2g}.")`;
}

function recipeOf(members: readonly NotebookMember[]): string {
  const lines = members.map(
    ({ family, hyperparameters, weight }) =>
      `    (${pythonLiteral(weight)}, recipe(${pythonLiteral(family)}, ${pythonLiteral(hyperparameters)})),`,
  );
  return `# Weight and recipe of each pipeline; several are blended.\ncandidate = [\n${lines.join('\n')}\n]`;
}

function winnerCells(make: MakeCell, { candidate }: NotebookFacts): NotebookCell[] {
  const known = candidate.holdoutScore ?? null;
  return [
    make(
      'markdown',
      'holdout-text',
      '## Hold-out\n\nThis candidate won. It is fitted on all training rows and judged once on the rows that no choice was made on.',
    ),
    make(
      'code',
      'holdout',
      `model = replay.fit(candidate, verdict.threshold)
holdout_score = replay.holdout_score(model)
print(f"{SPEC['metric']} on the hold-out: {holdout_score:.6f}")${
        known === null ? '' : `\nprint(f"The run found ${number(known)}.")`
      }`,
    ),
    make('code', 'predict', 'model.predict(replay.table.head())'),
  ];
}

/** What a reader of the notebook may want to change or compare; limits of the container are not part of it. */
function shownSpec(spec: RunSpec): Record<string, unknown> {
  return { ...spec, datasetPath: 'dataset.parquet' };
}

/** Text inside Markdown: what looks like markup is shown as it is. */
function plain(text: string): string {
  return text.replaceAll(/[\n\r]+/g, ' ').replaceAll(/([\\`*_{}[\]<>#|])/g, String.raw`\$1`);
}

function number(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
