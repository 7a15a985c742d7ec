import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Projects and who may do what in them. */
export class CreateProjects1795000000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE project (
        id uuid CONSTRAINT pk_project PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        created_by uuid CONSTRAINT fk_project__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz,
        deleting_at timestamptz
      );
      COMMENT ON COLUMN project.deleting_at IS 'Set when deletion was asked for; the things of the project go first, then the row.';

      CREATE TABLE project_member (
        project_id uuid NOT NULL CONSTRAINT fk_project_member__project_id REFERENCES project (id) ON DELETE CASCADE,
        user_id uuid NOT NULL CONSTRAINT fk_project_member__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        role text NOT NULL CONSTRAINT ck_project_member__role CHECK (role IN ('owner', 'editor', 'viewer')),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_project_member PRIMARY KEY (project_id, user_id)
      );
      CREATE INDEX ix_project_member__user_id ON project_member (user_id);

      CREATE FUNCTION announce_member_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('modelwright', json_build_array('access', coalesce(new.user_id, old.user_id))::text);
        RETURN NULL;
      END $$;
      CREATE TRIGGER tr_project_member__announce AFTER UPDATE OF role OR DELETE ON project_member
        FOR EACH ROW EXECUTE FUNCTION announce_member_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE project_member, project; DROP FUNCTION announce_member_change();`);
  }
}
