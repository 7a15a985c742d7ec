import type { ColumnRole, ColumnType, Task } from '@modelwright/contracts';
import type { ColumnStatistics, QualityFlag, TableProfile, TargetAnalysis } from '@modelwright/table-engine';
import type { DatasetResponse, DatasetVersionResponse, ProfileResponse } from './dataset.dto.js';
import type { ColumnOverrides, DatasetRow, DatasetWithVersion, VersionRow } from './dataset.rows.js';

/** Shown where the person who sent it is no longer a user. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

function versionFields(version: VersionRow): Omit<DatasetVersionResponse, 'id' | 'datasetId'> {
  return {
    versionNumber: version.number,
    status: version.status,
    progress: version.status === 'processing' ? version.progress : null,
    failure: version.failure,
    rows: version.rows,
    columns: version.columns,
    sizeBytes: version.sizeBytes,
    contentSha256: version.contentSha256,
    parquetSha256: version.parquetSha256,
    flagsCount: version.flagsCount,
    badRowCount: version.badRowCount,
    badRows: version.badRows,
    warnings: version.warnings,
    dialect: version.dialect,
    source: { kind: version.sourceKind, fileName: version.sourceFileName, sampleId: version.sourceSampleId },
    createdBy: version.createdBy ?? NOBODY,
    createdAt: version.createdAt.toISOString(),
    updatedAt: version.updatedAt.toISOString(),
  };
}

export function toVersionResponse(version: VersionRow): DatasetVersionResponse {
  return { id: version.id, datasetId: version.datasetId, ...versionFields(version) };
}

/** @param task of the chosen target */
export function toDatasetResponse(
  { dataset, version, targetSuggestion }: DatasetWithVersion,
  task: Task | null,
): DatasetResponse {
  const newest = dataset.updatedAt > version.updatedAt ? dataset.updatedAt : version.updatedAt;
  return {
    id: dataset.id,
    projectId: dataset.projectId,
    name: dataset.name,
    target: dataset.target,
    task,
    targetSuggestion: targetSuggestion ?? null,
    ...versionFields(version),
    createdBy: dataset.createdBy ?? NOBODY,
    createdAt: dataset.createdAt.toISOString(),
    updatedAt: newest.toISOString(),
  };
}

/** Columns with roles and types as set by hand, else as found. */
export interface EffectiveColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
}

export function effectiveColumns(
  profile: TableProfile,
  overrides: ColumnOverrides,
  target: string | null,
  targetFlags: readonly QualityFlag[],
): EffectiveColumn[] {
  return profile.columns.map(({ name, type }, index) => {
    const override = overrides[name];
    const leak = targetFlags.find((flag) => flag.column === name && flag.suggestedRole !== null);
    const suggested = leak?.suggestedRole ?? profile.suggestedRoles[index] ?? 'feature';
    return {
      name,
      type: override?.type ?? type,
      role: name === target ? 'target' : (override?.role ?? suggested),
    };
  });
}

/** Flags that hold for the target in force: those about another target are left out. */
export function flagsFor(profile: TableProfile, analysis: TargetAnalysis | null): QualityFlag[] {
  if (!analysis) return profile.flags;
  const order = { error: 0, warning: 1, info: 2 } as const;
  const leaking = new Set(
    analysis.flags.filter(({ code }) => code === 'target-leak').map(({ column }) => column),
  );
  const general = profile.flags.filter(
    (flag) =>
      flag.target === null &&
      !(
        leaking.has(flag.column) &&
        (flag.code === 'target-leak' || flag.code === 'duplicate-column' || flag.code === 'derived-column')
      ),
  );
  return [...analysis.flags, ...general].sort((a, b) => order[a.severity] - order[b.severity]);
}

export function toProfileResponse(
  dataset: DatasetRow,
  version: VersionRow,
  profile: TableProfile,
  analysis: TargetAnalysis | null,
): ProfileResponse {
  const flags = flagsFor(profile, analysis);
  const effective = effectiveColumns(
    profile,
    dataset.columnOverrides,
    analysis?.target ?? null,
    analysis?.flags ?? [],
  );
  return {
    datasetId: dataset.id,
    versionNumber: version.number,
    rows: profile.rows,
    profiledRows: profile.profiledRows,
    duplicateRows: profile.duplicateRows,
    target: analysis?.target ?? null,
    task: analysis?.task ?? null,
    targetProblem: analysis?.problem ?? null,
    targetSuggestion: profile.targetSuggestion,
    flags,
    columns: profile.columns.map((column, index) => ({
      ...shownStatistics(column),
      type: effective[index]?.type ?? column.type,
      detectedType: column.type,
      role: effective[index]?.role ?? 'feature',
      suggestedRole: profile.suggestedRoles[index] ?? 'feature',
      flagCodes: [...new Set(flags.filter((flag) => flag.column === column.name).map(({ code }) => code))],
      againstTarget: analysis?.againstTarget[index] ?? null,
    })),
  };
}

type Shown = Omit<
  ProfileResponse['columns'][number],
  'type' | 'detectedType' | 'role' | 'suggestedRole' | 'flagCodes' | 'againstTarget'
>;

function shownStatistics(column: ColumnStatistics): Shown {
  return {
    name: column.name,
    originalName: column.originalName,
    rows: column.rows,
    missing: column.missing,
    blankAsMissing: column.blankAsMissing,
    distinct: column.distinct,
    distinctIsApproximate: column.distinctIsApproximate,
    min: column.min,
    max: column.max,
    mean: column.mean,
    std: column.std,
    skewness: column.skewness,
    zeros: column.zeros,
    negatives: column.negatives,
    infinite: column.infinite,
    quantiles: column.quantiles,
    quantilesAreApproximate: column.quantilesAreApproximate,
    histogram: column.histogram,
    topValues: column.topValues,
    textLength: column.textLength,
    format: column.format,
    examples: column.examples,
  };
}
