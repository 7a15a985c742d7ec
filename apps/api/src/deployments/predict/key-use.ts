import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';

const WRITE_MS = 2_000;

interface Use {
  readonly at: Date;
  readonly from: string | null;
}

/** When and from where keys were last used, written beside the prediction path. */
@Injectable()
export class KeyUse implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(KeyUse.name);
  private readonly uses = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), WRITE_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  note(keyId: string, from: string | null): void {
    this.uses.set(keyId, { at: new Date(), from });
  }

  async write(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = [...this.uses].map(([id, use]) => ({ id, ...use }));
    this.uses.clear();
    try {
      await this.dataSource.query(
        `UPDATE deployment_key k SET last_used_at = greatest(k.last_used_at, u.at), last_used_from = u."from"
         FROM jsonb_to_recordset($1::jsonb) AS u (id uuid, at timestamptz, "from" text) WHERE k.id = u.id`,
        [JSON.stringify(uses)],
      );
    } catch (error) {
      this.log.warn(
        { err: error },
        'The last use of deployment keys could not be written; the next use will be.',
      );
    }
  }
}
