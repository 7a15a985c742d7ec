/** A mail as it goes over the wire: one recipient, plain text. */
export interface OutgoingMail {
  /** Stays the same over all tries, so that a receiver that got it twice can tell. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** A mail was not taken. */
export class MailError extends Error {
  override readonly name = 'MailError';

  constructor(
    /** Whether another try of the same mail can only end the same way. */
    readonly isPermanent: boolean,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Hands mails to a server. One try: patience is the outbox's matter. */
export abstract class Mailer {
  /** False when there is no server: mails then stay in the outbox. */
  abstract readonly isConfigured: boolean;
  /** @throws MailError when the server did not take it */
  abstract send(mail: OutgoingMail): Promise<void>;
}
