/** What happens to a file between the last byte and the first row on screen. */
export const STAGE_WORDS: Readonly<Record<string, string>> = {
  queued: 'Waiting',
  checking: 'Checking the file',
  reading: 'Reading',
  profiling: 'Describing columns',
  storing: 'Storing',
};
