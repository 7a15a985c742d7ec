/** Bytes are not a compiled model, or a damaged or hostile one; or an input does not belong to the model. */
export class CompiledModelError extends Error {
  override readonly name = 'CompiledModelError';
}
