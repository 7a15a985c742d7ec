import { SetMetadata } from '@nestjs/common';

export const CREATES_WORK = 'platform:creates-work';

/** On operations that start new work (uploads, runs, deployments): refused while the installation is frozen (E14). */
export const CreatesWork = (): MethodDecorator => SetMetadata(CREATES_WORK, true);
