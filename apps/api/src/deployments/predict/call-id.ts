import { randomUUID } from 'node:crypto';

/**
 * Header in which the short way hands a call's id on to the router, so that the same version answers it. Its name is
 * known inside this process only: nobody outside can choose the id of a call.
 */
export const CALL_ID_HEADER = `x-call-${randomUUID()}`;

/** The same for `performance.now()` when the call arrived. */
export const ARRIVED_HEADER = `x-arrived-${randomUUID()}`;
