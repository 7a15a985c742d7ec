import { Pipe, type PipeTransform } from '@angular/core';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatScore,
} from './numbers';

type Maybe = number | null | undefined;

/** Three significant digits. */
@Pipe({ name: 'num' })
export class NumberPipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatNumber(value);
  }
}

/** A metric's value, with enough decimals to compare candidates. */
@Pipe({ name: 'score' })
export class ScorePipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatScore(value);
  }
}

@Pipe({ name: 'count' })
export class CountPipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatCount(value);
  }
}

@Pipe({ name: 'compact' })
export class CompactPipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatCompact(value);
  }
}

/** From a fraction, 0 to 1. */
@Pipe({ name: 'pct' })
export class PercentPipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatPercent(value);
  }
}

@Pipe({ name: 'bytes' })
export class BytesPipe implements PipeTransform {
  transform(value: Maybe): string {
    return formatBytes(value);
  }
}

/** From seconds. */
@Pipe({ name: 'duration' })
export class DurationPipe implements PipeTransform {
  transform(seconds: Maybe): string {
    return formatDuration(seconds);
  }
}
