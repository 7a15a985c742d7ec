import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Datasets, their versions, and what ingest found out about each version. */
export class CreateDatasets1795000000400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dataset (
        id uuid CONSTRAINT pk_dataset PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_dataset__project_id REFERENCES project (id),
        name text NOT NULL CONSTRAINT ck_dataset__name CHECK (length(name) BETWEEN 1 AND 200),
        target text,
        column_overrides jsonb NOT NULL DEFAULT '{}',
        created_by uuid CONSTRAINT fk_dataset__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_dataset__project_id_name UNIQUE (project_id, name),
        CONSTRAINT uq_dataset__id_project_id UNIQUE (id, project_id)
      );
      CREATE INDEX ix_dataset__project_id_created_at ON dataset (project_id, created_at DESC, id DESC);

      CREATE TABLE dataset_version (
        id uuid CONSTRAINT pk_dataset_version PRIMARY KEY,
        dataset_id uuid NOT NULL,
        project_id uuid NOT NULL CONSTRAINT fk_dataset_version__project_id REFERENCES project (id),
        number integer NOT NULL CONSTRAINT ck_dataset_version__number CHECK (number >= 1),
        status text NOT NULL CONSTRAINT ck_dataset_version__status CHECK (status IN ('processing', 'ready', 'failed')),
        content_sha256 text NOT NULL CONSTRAINT ck_dataset_version__content_sha256 CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
        distinct_content text,
        size_bytes bigint NOT NULL,
        parquet_sha256 text,
        parquet_bytes bigint,
        row_count bigint,
        column_count integer,
        flags_count integer,
        read_options jsonb NOT NULL,
        dialect jsonb,
        profile jsonb,
        bad_row_count integer NOT NULL DEFAULT 0,
        bad_rows jsonb NOT NULL DEFAULT '[]',
        warnings jsonb NOT NULL DEFAULT '[]',
        progress jsonb,
        failure jsonb,
        source_kind text NOT NULL CONSTRAINT ck_dataset_version__source_kind CHECK (source_kind IN ('upload', 'sample')),
        source_file_name text NOT NULL,
        source_sample_id text,
        created_by uuid CONSTRAINT fk_dataset_version__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT fk_dataset_version__dataset_id FOREIGN KEY (dataset_id, project_id)
          REFERENCES dataset (id, project_id) ON DELETE CASCADE,
        CONSTRAINT uq_dataset_version__dataset_id_number UNIQUE (dataset_id, number),
        CONSTRAINT uq_dataset_version__project_id_distinct_content UNIQUE (project_id, distinct_content),
        CONSTRAINT ck_dataset_version__ready CHECK (
          status <> 'ready' OR (parquet_sha256 IS NOT NULL AND row_count IS NOT NULL AND profile IS NOT NULL))
      );
      CREATE INDEX ix_dataset_version__project_id_content ON dataset_version (project_id, content_sha256);
      CREATE INDEX ix_dataset_version__unfinished ON dataset_version (updated_at) WHERE status = 'processing';
      COMMENT ON COLUMN dataset_version.distinct_content IS
        'The hash of the bytes as sent while they count for "already here"; null for a failed version and for a copy that was asked for.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dataset_version, dataset;');
  }
}
