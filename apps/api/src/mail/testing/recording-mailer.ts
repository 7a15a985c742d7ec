import { addressOf } from '../../platform/text/mail-address.js';
import { Mailer, MailError, type OutgoingMail } from '../mailer.js';

/** Keeps what it is given, or refuses it as it is told. */
export class RecordingMailer extends Mailer {
  readonly isConfigured: boolean;
  readonly sent: OutgoingMail[] = [];
  /** Asked before each mail. */
  refuses: (mail: OutgoingMail) => MailError | undefined = () => undefined;

  constructor(isConfigured = true) {
    super();
    this.isConfigured = isConfigured;
  }

  send(mail: OutgoingMail): Promise<void> {
    if (!this.isConfigured) return Promise.reject(new MailError(true, 'No SMTP server is configured.'));
    if (addressOf(mail.to) === undefined)
      return Promise.reject(new MailError(true, 'The recipient has no usable mail address.'));
    const refusal = this.refuses(mail);
    if (refusal) return Promise.reject(refusal);
    this.sent.push(mail);
    return Promise.resolve();
  }
}
