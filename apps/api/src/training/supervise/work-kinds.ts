/** Somebody has queued a run or a place has become free: see who is next. */
export const DISPATCH = 'training-dispatch';
/** Take one admitted run to its end. */
export const DRIVE = 'training-run';
