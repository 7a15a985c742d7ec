import type { PersonalAccessTokenResponse, SessionResponse, UserResponse } from './auth.dto.js';
import type { PersonalAccessToken } from './personal-access-tokens.js';
import type { IssuedSession } from './sessions.service.js';
import type { User } from './users.repository.js';

export function toUserResponse(user: User): UserResponse {
  return {
    id: user.id,
    email: user.email,
    displayName: user.displayName,
    isAdmin: user.isAdmin,
    hasPassword: user.passwordHash !== null,
    disabled: user.disabledAt !== null,
    createdAt: user.createdAt.toISOString(),
    lastSeenAt: user.lastSeenAt?.toISOString() ?? null,
  };
}

export function toSessionResponse(session: IssuedSession): SessionResponse {
  return {
    accessToken: session.accessToken,
    expiresAt: session.expiresAt.toISOString(),
    user: toUserResponse(session.user),
  };
}

export function toTokenResponse(token: PersonalAccessToken): PersonalAccessTokenResponse {
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    scopes: token.scopes,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  };
}
