import type { MigrationInterface, QueryRunner } from 'typeorm';

const KINDS = `'test', 'run', 'deployment', 'alert', 'webhook'`;

/** Mails that invite to a project. */
export class AddInvitationMails1795000002100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.allow(runner, `${KINDS}, 'invitation'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM mail WHERE kind = 'invitation'`);
    await this.allow(runner, KINDS);
  }

  private async allow(runner: QueryRunner, kinds: string): Promise<void> {
    await runner.query(`
      ALTER TABLE mail DROP CONSTRAINT ck_mail__kind, ADD CONSTRAINT ck_mail__kind CHECK (kind IN (${kinds}))`);
  }
}
