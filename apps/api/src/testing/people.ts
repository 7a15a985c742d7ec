import type { ProjectRole } from '@modelwright/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AccessTokens } from '../auth/access-tokens.js';

/** A signed-in person of a test. */
export interface TestPerson {
  readonly userId: string;
  readonly email: string;
  readonly token: string;
  /** Put these on a request: `request('GET', path, { headers: person.headers })`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes people, projects and memberships straight in the tables, so that a test of one room needs no other. */
export class TestPeople {
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly dataSource: DataSource,
  ) {}

  async signIn(options: { isAdmin?: boolean; name?: string } = {}): Promise<TestPerson> {
    const userId = uuid();
    const email = `${options.name ?? 'person'}-${userId}@example.test`;
    await this.dataSource.query(
      'INSERT INTO app_user (id, email, display_name, is_admin) VALUES ($1, $2, $3, $4)',
      [userId, email, options.name ?? 'Test Person', options.isAdmin ?? false],
    );
    const { token } = this.app.get(AccessTokens).sign(userId, 1);
    return { userId, email, token, headers: { authorization: `Bearer ${token}` } };
  }

  /** A project, with the given people in it. @returns its id */
  async createProject(
    members: readonly { person: TestPerson; role: ProjectRole }[],
    name = 'Test project',
  ): Promise<string> {
    const projectId = uuid();
    await this.dataSource.query('INSERT INTO project (id, name) VALUES ($1, $2)', [projectId, name]);
    for (const { person, role } of members) await this.addMember(projectId, person, role);
    return projectId;
  }

  async addMember(projectId: string, person: TestPerson, role: ProjectRole): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO project_member (project_id, user_id, role) VALUES ($1, $2, $3)
       ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role`,
      [projectId, person.userId, role],
    );
  }

  async removeMember(projectId: string, person: TestPerson): Promise<void> {
    await this.dataSource.query('DELETE FROM project_member WHERE project_id = $1 AND user_id = $2', [
      projectId,
      person.userId,
    ]);
  }

  /** A project with one person of each role, and a stranger. */
  async cast(): Promise<{
    projectId: string;
    owner: TestPerson;
    editor: TestPerson;
    viewer: TestPerson;
    stranger: TestPerson;
  }> {
    const [owner, editor, viewer, stranger] = await Promise.all([
      this.signIn({ name: 'owner' }),
      this.signIn({ name: 'editor' }),
      this.signIn({ name: 'viewer' }),
      this.signIn({ name: 'stranger' }),
    ]);
    const projectId = await this.createProject([
      { person: owner, role: 'owner' },
      { person: editor, role: 'editor' },
      { person: viewer, role: 'viewer' },
    ]);
    return { projectId, owner, editor, viewer, stranger };
  }
}
