import { TestEnvironment } from 'jest-environment-jsdom';

const FETCH = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'FormData',
  'Blob',
  'File',
  'AbortController',
  'AbortSignal',
];
const TEXT = [
  'TextEncoder',
  'TextDecoder',
  'ReadableStream',
  'TransformStream',
  'TextDecoderStream',
  'structuredClone',
];

/** A page without the network of one: jsdom lacks fetch and what belongs to it, Node has all of it. */
export default class PageEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of [...FETCH, ...TEXT]) this.global[name] = globalThis[name];
  }
}
