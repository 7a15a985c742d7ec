import { z } from 'zod';
import { TOKEN_SCOPES } from '../platform/authorization/permissions.js';
import { pageOf } from '../platform/paging/page.js';

const Email = z
  .email('This is not an e-mail address.')
  .max(254)
  .transform((email) => email.trim())
  .describe('E-mail address, as in `ada@example.org`.');
const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .describe('Name as others see it, as in `Ada Lovelace`.');
const NewPassword = z
  .string()
  .min(12, 'A password needs at least 12 characters.')
  .max(200)
  .describe('New password, 12 to 200 characters; a sentence is fine.');
const Timestamp = z.iso.datetime();

export const UserResponse = z
  .object({
    id: z.uuid().describe('Id of the user.'),
    email: z.string().nullable().describe('E-mail address; null until the user has set one.'),
    displayName: DisplayName,
    isAdmin: z.boolean().describe('Whether the user administers the installation.'),
    hasPassword: z.boolean().describe('Whether the user can sign in with e-mail and password.'),
    disabled: z.boolean().describe('Whether an administrator has shut the account.'),
    createdAt: Timestamp.describe('When the account was made.'),
    lastSeenAt: Timestamp.nullable().describe('When the user last signed in or came back.'),
  })
  .meta({ id: 'User' });
export type UserResponse = z.infer<typeof UserResponse>;

export const SessionResponse = z
  .object({
    accessToken: z.string().describe('Send it as `Authorization: Bearer <token>`.'),
    expiresAt: Timestamp.describe('When the access token ends; refresh the session before.'),
    user: UserResponse,
  })
  .meta({ id: 'Session' });
export type SessionResponse = z.infer<typeof SessionResponse>;

export const RedeemSignInLinkRequest = z
  .object({ token: z.string().min(16).max(200).describe('The `token` of the link.') })
  .meta({ id: 'RedeemSignInLinkRequest' });

export const SignInRequest = z
  .object({
    email: z.string().min(1).max(254).describe('E-mail address of the account.'),
    password: z.string().min(1).max(200).describe('Password of the account.'),
  })
  .meta({ id: 'SignInRequest' });

export const UpdateCurrentUserRequest = z
  .object({ displayName: DisplayName.optional() })
  .meta({ id: 'UpdateCurrentUserRequest' });

export const SetPasswordRequest = z
  .object({
    newPassword: NewPassword,
    currentPassword: z
      .string()
      .max(200)
      .optional()
      .describe('Needed when the account has a password already.'),
    email: Email.optional().describe(
      'Needed when the account has no e-mail yet: it is what one signs in with.',
    ),
  })
  .meta({ id: 'SetPasswordRequest' });

const Scopes = z
  .array(z.enum(TOKEN_SCOPES))
  .min(1)
  .max(TOKEN_SCOPES.length)
  .describe(
    '`predict` calls deployments, `read` reads, `manage` does all that the owner may do in projects.',
  );

export const CreatePersonalAccessTokenRequest = z
  .object({
    name: z.string().trim().min(1).max(100).describe('What the token is for, as in `nightly scoring`.'),
    scopes: Scopes,
    expiresInDays: z.number().int().min(1).max(366).default(90).describe('Days until the token ends.'),
  })
  .meta({ id: 'CreatePersonalAccessTokenRequest' });

export const PersonalAccessTokenResponse = z
  .object({
    id: z.uuid().describe('Id of the token; not the token itself.'),
    name: z.string().describe('What the token is for.'),
    prefix: z.string().describe('Beginning and end of the token, to recognise it.'),
    scopes: Scopes,
    createdAt: Timestamp.describe('When it was made.'),
    expiresAt: Timestamp.describe('When it ends.'),
    lastUsedAt: Timestamp.nullable().describe('When it was last used, to the minute.'),
  })
  .meta({ id: 'PersonalAccessToken' });
export type PersonalAccessTokenResponse = z.infer<typeof PersonalAccessTokenResponse>;

export const CreatedPersonalAccessTokenResponse = PersonalAccessTokenResponse.extend({
  token: z.string().describe('The token. It is shown this once and stored as a hash.'),
}).meta({ id: 'CreatedPersonalAccessToken' });
export type CreatedPersonalAccessTokenResponse = z.infer<typeof CreatedPersonalAccessTokenResponse>;

export const PersonalAccessTokenPage = pageOf(PersonalAccessTokenResponse, 'PersonalAccessTokenPage');
export const UserPage = pageOf(UserResponse, 'UserPage');

export const InviteUserRequest = z
  .object({
    email: Email,
    displayName: DisplayName.optional(),
    isAdmin: z.boolean().default(false).describe('Whether the user shall administer the installation.'),
  })
  .meta({ id: 'InviteUserRequest' });

export const InvitationResponse = z
  .object({
    user: UserResponse,
    inviteUrl: z.url().describe('One-time link; hand it to the person yourself.'),
    expiresAt: Timestamp.describe('When the link ends.'),
  })
  .meta({ id: 'Invitation' });
export type InvitationResponse = z.infer<typeof InvitationResponse>;

export const UpdateUserRequest = z
  .object({
    displayName: DisplayName.optional(),
    isAdmin: z.boolean().optional().describe('Whether the user shall administer the installation.'),
    disabled: z.boolean().optional().describe('Shuts the account and ends its sessions and tokens at once.'),
  })
  .meta({ id: 'UpdateUserRequest' });

export type RedeemSignInLinkRequest = z.infer<typeof RedeemSignInLinkRequest>;
export type SignInRequest = z.infer<typeof SignInRequest>;
export type UpdateCurrentUserRequest = z.infer<typeof UpdateCurrentUserRequest>;
export type SetPasswordRequest = z.infer<typeof SetPasswordRequest>;
export type CreatePersonalAccessTokenRequest = z.infer<typeof CreatePersonalAccessTokenRequest>;
export type InviteUserRequest = z.infer<typeof InviteUserRequest>;
export type UpdateUserRequest = z.infer<typeof UpdateUserRequest>;
