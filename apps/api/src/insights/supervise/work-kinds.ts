/** Somebody has asked or a place has become free: see who is next. */
export const DISPATCH = 'insight-dispatch';
/** Take one admitted analysis to its end. */
export const DRIVE = 'insight-run';
