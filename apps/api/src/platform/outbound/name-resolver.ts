import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

/** Finds the addresses of a name. */
export abstract class NameResolver {
  /** @returns every address of the name, in the order of the system */
  abstract resolve(name: string): Promise<readonly string[]>;
}

@Injectable()
export class SystemNameResolver extends NameResolver {
  async resolve(name: string): Promise<readonly string[]> {
    const found = await lookup(name, { all: true });
    return found.map(({ address }) => address);
  }
}
