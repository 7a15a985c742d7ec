import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

export const IDEMPOTENT = 'platform:idempotent';

/** On creating POSTs: a repeated `Idempotency-Key` gets the stored answer instead of a second effect. */
export const Idempotent = (): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENT, true),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'A text of your own, up to 200 characters. The same key gets the same answer for a day.',
      schema: { type: 'string', maxLength: 200 },
    }),
  );
