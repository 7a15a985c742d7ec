import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS_RULES } from './access-rules.js';

export interface RunningOperation {
  readonly operationId: string;
  readonly method: string;
}

/** The operations that the running router really has, read from its controllers. */
@Injectable()
export class RunningRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  operations(): RunningOperation[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype as { prototype?: object } | null)?.prototype;
      if (!prototype) return [];
      return this.scanner.getAllMethodNames(prototype).flatMap((operationId) => {
        const handler = (prototype as Record<string, unknown>)[operationId];
        if (
          typeof handler !== 'function' ||
          this.reflector.get<unknown>(PATH_METADATA, handler) === undefined
        )
          return [];
        const method = this.reflector.get<RequestMethod>(METHOD_METADATA, handler);
        return [{ operationId, method: RequestMethod[method] ?? 'GET' }];
      });
    });
  }

  /** Where router and rule table differ; both lists are empty in a healthy program. */
  differences(): { withoutRule: string[]; withoutRoute: string[]; twice: string[] } {
    const names = this.operations().map(({ operationId }) => operationId);
    return {
      withoutRule: names.filter((name) => !Object.hasOwn(ACCESS_RULES, name)),
      withoutRoute: Object.keys(ACCESS_RULES).filter((name) => !names.includes(name)),
      twice: names.filter((name, index) => names.indexOf(name) !== index),
    };
  }
}
