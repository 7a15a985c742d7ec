import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export interface User {
  readonly id: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly passwordHash: string | null;
  readonly isAdmin: boolean;
  readonly disabledAt: Date | null;
  /** Access tokens carry it; a greater one ends them. */
  readonly epoch: number;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
}

export interface NewUser {
  readonly id: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly isAdmin: boolean;
}

const COLUMNS = `id, email, display_name AS "displayName", password_hash AS "passwordHash", is_admin AS "isAdmin",
  disabled_at AS "disabledAt", epoch, created_at AS "createdAt", last_seen_at AS "lastSeenAt"`;

/** Every query on people. */
@Injectable()
export class UsersRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(id: string, manager: EntityManager = this.dataSource.manager): Promise<User | undefined> {
    const rows = await manager.query<User[]>(`SELECT ${COLUMNS} FROM app_user WHERE id = $1`, [id]);
    return rows[0];
  }

  async findByEmail(email: string): Promise<User | undefined> {
    const rows = await this.dataSource.query<User[]>(
      `SELECT ${COLUMNS} FROM app_user WHERE lower(email) = lower($1)`,
      [email],
    );
    return rows[0];
  }

  async findMany(ids: readonly string[]): Promise<User[]> {
    return this.dataSource.query<User[]>(`SELECT ${COLUMNS} FROM app_user WHERE id = ANY($1)`, [ids]);
  }

  async page(limit: number, after: string | undefined): Promise<User[]> {
    return this.dataSource.query<User[]>(
      `SELECT ${COLUMNS} FROM app_user WHERE $2::uuid IS NULL OR id > $2 ORDER BY id LIMIT $1`,
      [limit, after ?? null],
    );
  }

  /** The administrator that start links sign in: the first one that is still open. */
  async findFirstAdmin(manager: EntityManager): Promise<User | undefined> {
    const rows = await manager.query<User[]>(
      `SELECT ${COLUMNS} FROM app_user WHERE is_admin AND disabled_at IS NULL ORDER BY created_at, id LIMIT 1`,
    );
    return rows[0];
  }

  async countAdmins(manager: EntityManager): Promise<number> {
    // Locked, so that two administrators cannot shut each other out at the same moment.
    const rows = await manager.query<unknown[]>(
      'SELECT id FROM app_user WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR UPDATE',
    );
    return rows.length;
  }

  async anyPassword(): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT 1 FROM app_user WHERE password_hash IS NOT NULL LIMIT 1',
    );
    return rows.length > 0;
  }

  async insert(user: NewUser, manager: EntityManager): Promise<void> {
    await manager.query('INSERT INTO app_user (id, email, display_name, is_admin) VALUES ($1, $2, $3, $4)', [
      user.id,
      user.email,
      user.displayName,
      user.isAdmin,
    ]);
  }

  async update(
    id: string,
    change: {
      displayName?: string | undefined;
      isAdmin?: boolean | undefined;
      disabled?: boolean | undefined;
    },
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE app_user SET
         display_name = coalesce($2, display_name),
         is_admin = coalesce($3, is_admin),
         disabled_at = CASE WHEN $4::boolean IS NULL THEN disabled_at WHEN $4 THEN coalesce(disabled_at, now()) ELSE NULL END,
         updated_at = now()
       WHERE id = $1`,
      [id, change.displayName ?? null, change.isAdmin ?? null, change.disabled ?? null],
    );
  }

  async setPassword(
    id: string,
    passwordHash: string,
    email: string | null,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      'UPDATE app_user SET password_hash = $2, email = coalesce($3, email), updated_at = now() WHERE id = $1',
      [id, passwordHash, email],
    );
  }

  /** Ends every access token of the user; a trigger tells all replicas. */
  async raiseEpoch(id: string, manager: EntityManager): Promise<number> {
    const [rows] = await manager.query<[{ epoch: number }[], number]>(
      'UPDATE app_user SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch',
      [id],
    );
    return rows[0]?.epoch ?? 0;
  }

  async touch(id: string): Promise<void> {
    await this.dataSource.query('UPDATE app_user SET last_seen_at = now() WHERE id = $1', [id]);
  }
}
