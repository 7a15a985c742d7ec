import type { IncomingHttpHeaders } from 'node:http';
import type { AppConfig } from '../config/app-config.js';

/** Whether a browser page of ours, or no browser page at all, sent this (T46). */
export class OriginCheck {
  private readonly origins: ReadonlySet<string>;
  private readonly hosts: ReadonlySet<string>;

  constructor(http: AppConfig['http']) {
    this.origins = new Set(http.allowedOrigins);
    this.hosts = new Set(http.allowedOrigins.map((origin) => new URL(origin).host));
  }

  /** A foreign page's request carries its Origin, and says cross-site in Sec-Fetch-Site; programs send neither. */
  isFromForeignPage(headers: IncomingHttpHeaders): boolean {
    const { origin } = headers;
    if (origin !== undefined) return !this.origins.has(origin);
    const site = headers['sec-fetch-site'];
    return site !== undefined && site !== 'same-origin' && site !== 'none';
  }

  /** After DNS rebinding the Host is the attacker's name, although the address is ours. */
  isForOtherHost(headers: IncomingHttpHeaders): boolean {
    return headers.host === undefined || !this.hosts.has(headers.host);
  }
}
