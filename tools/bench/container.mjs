/** `npm run bench -- container`: the container path by itself; `npm run bench -- predict` has its figures, too. */
export { containerFigures as run } from './predict-container.mjs';
