const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of one of our ids. */
export function isUuid(text: string | undefined): text is string {
  return text !== undefined && UUID.test(text);
}
