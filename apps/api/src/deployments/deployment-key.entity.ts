import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('deployment_key')
export class DeploymentKey {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text') name!: string;
  @Column('bytea', { name: 'key_hash', select: false }) keyHash!: Buffer;
  @Column('text') prefix!: string;
  @Column('text', { name: 'last_four' }) lastFour!: string;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('text', { name: 'last_used_from', nullable: true }) lastUsedFrom!: string | null;
  @Column('integer', { name: 'rate_limit_per_minute', nullable: true }) rateLimitPerMinute!: number | null;
  @Column('integer', { name: 'quota_per_day', nullable: true }) quotaPerDay!: number | null;
  @Column('integer', { name: 'quota_per_month', nullable: true }) quotaPerMonth!: number | null;
  @Column('text', { name: 'allowed_addresses', array: true }) allowedAddresses!: string[];
  /** The key that was made in its place. */
  @Column('uuid', { name: 'replaced_by', nullable: true }) replacedBy!: string | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
}
