export { CompiledModel, type InputType, type ModelInput, type ModelOutput } from './compiled-model.js';
export { CompiledModelError } from './compiled-model-error.js';
export { parseDateTime } from './datetime.js';
export { RowEncoder, type EncodingError } from './row-encoder.js';
