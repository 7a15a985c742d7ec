import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as PinoLogger } from 'pino';
import { Writable } from 'node:stream';
import type { AppConfig } from '../config/app-config.js';

const REDACTED_PATHS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'secret',
  '*.authorization',
  '*.cookie',
  '*.password',
  '*.token',
  '*.secret',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
];
const SECRET_SHAPES =
  /\b(mw[pk]_)[A-Za-z0-9_]{8,}|(eyJ[A-Za-z0-9_-]{8,}\.)[A-Za-z0-9._-]+|(postgres(?:ql)?:\/\/[^:/\s]+:)[^@\s]+@/g;

/** Cuts tokens, keys and database passwords out of free text. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_SHAPES, (_, key?: string, jwt?: string, url?: string) =>
    url ? `${url}…@` : `${key ?? jwt ?? ''}…`,
  );
}

export function createLogger(config: AppConfig): PinoLogger {
  const options = {
    level: config.logging.level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    formatters: { level: (level: string) => ({ level }) },
  };
  return config.logging.pretty ? pino(options, prettyStream()) : pino(options);
}

/** One readable line per entry, for people who watch a terminal. */
function prettyStream(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      process.stdout.write(prettyLine(chunk.toString()), () => done());
    },
  });
}

function prettyLine(line: string): string {
  const { time, level, context, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const extras = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack =
    typeof err === 'object' && err !== null && 'stack' in err && typeof err.stack === 'string'
      ? `\n${err.stack}`
      : '';
  const place = typeof context === 'string' ? `[${context}] ` : '';
  const words = typeof msg === 'string' ? msg : '';
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${place}${words}${extras.length > 0 ? ` ${extras.join(' ')}` : ''}${stack}\n`;
}

/** What the framework says of its own wiring: 100 lines at every start that help nobody in production. */
const FRAMEWORK_CONTEXTS = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Lets `new Logger(Room.name)` of Nest write into the one structured log. */
export class NestLog implements LoggerService {
  constructor(private readonly pino: PinoLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const wiring = FRAMEWORK_CONTEXTS.has(String(rest.at(-1)));
    this.write(wiring ? 'debug' : 'info', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'info' | 'warn' | 'error' | 'debug' | 'trace' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.length > 0 && typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    const details = rest.slice(0, context === undefined ? rest.length : -1);
    const fields: Record<string, unknown> =
      typeof message === 'object' && !(message instanceof Error) ? { ...message } : {};
    const error = [message, fields['err'], ...details].find((detail) => detail instanceof Error);
    const text = details.find((detail) => typeof detail === 'string');
    // Nest passes a stack after words, the house words after fields: `log.warn({ serverId }, 'It waits.')`.
    const wordsOfFields = typeof message === 'object' && !(message instanceof Error) ? text : undefined;
    const stack = wordsOfFields === undefined ? text : undefined;
    const words =
      typeof message === 'string' ? message : message instanceof Error ? message.message : wordsOfFields;
    if (context !== undefined) fields['context'] = context;
    if (error instanceof Error)
      fields['err'] = { message: withoutSecrets(error.message), stack: withoutSecrets(error.stack ?? '') };
    else if (stack !== undefined) fields['err'] = { stack: withoutSecrets(stack) };
    this.pino[level](fields, words === undefined ? undefined : withoutSecrets(words));
  }
}
