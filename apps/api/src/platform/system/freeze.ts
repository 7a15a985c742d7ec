import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { z } from 'zod';
import { Problem } from '../problems/problem.js';
import { CREATES_WORK } from './creates-work.decorator.js';
import { InstallationSettings } from './installation-settings.js';

const SETTING = 'freeze';
const RETRY_SECONDS = 60;

const FreezeState = z.object({ frozen: z.boolean(), reason: z.string(), since: z.string().nullable() });
export type FreezeState = z.infer<typeof FreezeState>;

const THAWED: FreezeState = { frozen: false, reason: '', since: null };

/** Whether the installation takes new work (E14). Read each time: a frozen installation is frozen on every replica. */
@Injectable()
export class Freeze {
  constructor(private readonly settings: InstallationSettings) {}

  async state(): Promise<FreezeState> {
    const stored = FreezeState.safeParse(await this.settings.read(SETTING));
    return stored.success ? stored.data : THAWED;
  }

  async set(frozen: boolean, reason: string): Promise<FreezeState> {
    const state = frozen ? { frozen, reason, since: new Date().toISOString() } : THAWED;
    await this.settings.write(SETTING, state);
    return state;
  }

  /** @throws Problem `installation-frozen` */
  async requireThawed(): Promise<void> {
    const { frozen, reason } = await this.state();
    if (frozen)
      throw new Problem(
        'installation-frozen',
        `An administrator has frozen this installation: ${reason} New work is refused; reading and predictions go on.`,
        { retryAfterSeconds: RETRY_SECONDS },
      );
  }
}

@Injectable()
export class FreezeGuard implements CanActivate {
  constructor(
    private readonly freeze: Freeze,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get<boolean>(CREATES_WORK, context.getHandler())) await this.freeze.requireThawed();
    return true;
  }
}
