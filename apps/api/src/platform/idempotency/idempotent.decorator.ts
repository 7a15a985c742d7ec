import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

export const IDEMPOTENT = 'platform:idempotent';
export type IdempotentAnswer = 'stored' | 'secret';

/**
 * On creating POSTs: a repeated `Idempotency-Key` gets the stored answer instead of a second effect.
 * @param answer `secret` for one that must not be stored: the handler is asked again, with the same `@EffectId()` and
 *   `@EffectSeed()`, and has to give the same answer
 */
export const Idempotent = (answer: IdempotentAnswer = 'stored'): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENT, answer),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'A text of your own, up to 200 characters. The same key gets the same answer for a day.',
      schema: { type: 'string', maxLength: 200 },
    }),
  );
