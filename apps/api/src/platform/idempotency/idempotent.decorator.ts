import { SetMetadata } from '@nestjs/common';

export const IDEMPOTENT = 'platform:idempotent';

/** On creating POSTs: a repeated `Idempotency-Key` gets the stored answer instead of a second effect. */
export const Idempotent = (): MethodDecorator => SetMetadata(IDEMPOTENT, true);
