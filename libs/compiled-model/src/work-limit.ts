import { CompiledModelError } from './compiled-model-error.js';

const MOST = 40_000_000;

/** Bounds what one prediction may cost, however a file arranges it: steps, products, trees. */
export class WorkLimit {
  private left = MOST;

  spend(units: number): void {
    this.left -= units + 1;
    if (this.left < 0) throw new CompiledModelError('The model would take too long for one row.');
  }
}
