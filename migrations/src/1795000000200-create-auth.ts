import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People, and the ways they prove who they are. Every secret is stored as a hash. */
export class CreateAuth1795000000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app_user (
        id uuid CONSTRAINT pk_app_user PRIMARY KEY,
        email text,
        display_name text NOT NULL,
        password_hash text,
        is_admin boolean NOT NULL DEFAULT false,
        disabled_at timestamptz,
        epoch integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz,
        CONSTRAINT ck_app_user__password_needs_email CHECK (password_hash IS NULL OR email IS NOT NULL)
      );
      COMMENT ON COLUMN app_user.epoch IS 'Grows when every session of the user has to end; access tokens carry it.';
      CREATE UNIQUE INDEX uq_app_user__email ON app_user (lower(email));

      CREATE TABLE one_time_link (
        token_hash bytea CONSTRAINT pk_one_time_link PRIMARY KEY,
        purpose text NOT NULL CONSTRAINT ck_one_time_link__purpose CHECK (purpose IN ('start', 'invite')),
        user_id uuid CONSTRAINT fk_one_time_link__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      );
      CREATE INDEX ix_one_time_link__user_id ON one_time_link (user_id);

      CREATE TABLE refresh_token (
        token_hash bytea CONSTRAINT pk_refresh_token PRIMARY KEY,
        family_id uuid NOT NULL,
        user_id uuid NOT NULL CONSTRAINT fk_refresh_token__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        rotated_at timestamptz,
        revoked_at timestamptz
      );
      CREATE INDEX ix_refresh_token__family_id ON refresh_token (family_id);
      CREATE INDEX ix_refresh_token__user_id ON refresh_token (user_id);
      CREATE INDEX ix_refresh_token__expires_at ON refresh_token (expires_at);

      CREATE TABLE personal_access_token (
        id uuid CONSTRAINT pk_personal_access_token PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_personal_access_token__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        name text NOT NULL,
        token_hash bytea NOT NULL CONSTRAINT uq_personal_access_token__token_hash UNIQUE,
        prefix text NOT NULL,
        scopes text[] NOT NULL CONSTRAINT ck_personal_access_token__scopes
          CHECK (scopes <@ ARRAY['predict', 'read', 'manage'] AND cardinality(scopes) > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        last_used_at timestamptz,
        revoked_at timestamptz
      );
      CREATE INDEX ix_personal_access_token__user_id ON personal_access_token (user_id);

      CREATE FUNCTION announce_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('modelwright', json_build_array('access', old.id)::text);
        RETURN NULL;
      END $$;
      CREATE TRIGGER tr_app_user__announce
        AFTER DELETE OR UPDATE OF epoch, is_admin, disabled_at ON app_user
        FOR EACH ROW EXECUTE FUNCTION announce_user_change();

      CREATE FUNCTION announce_token_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('modelwright', json_build_array('access', old.user_id)::text);
        RETURN NULL;
      END $$;
      CREATE TRIGGER tr_personal_access_token__announce
        AFTER DELETE OR UPDATE OF revoked_at ON personal_access_token
        FOR EACH ROW EXECUTE FUNCTION announce_token_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE personal_access_token, refresh_token, one_time_link, app_user;
      DROP FUNCTION announce_user_change(); DROP FUNCTION announce_token_change();`);
  }
}
