import { Body, Controller, Get, HttpCode, Patch, Post, Put, Req, Res, UseGuards } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { CurrentUser } from '../platform/authorization/request-context.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import {
  RedeemSignInLinkRequest,
  SessionResponse,
  SetPasswordRequest,
  SignInRequest,
  UpdateCurrentUserRequest,
  UserResponse,
} from './auth.dto.js';
import { toSessionResponse, toUserResponse } from './auth.mapping.js';
import { AuthService } from './auth.service.js';
import { DeviceMarks } from './device-marks.js';
import { GuessLimitGuard } from './guess-limit.guard.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService, type IssuedSession } from './sessions.service.js';
import { UsersService } from './users.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly cookie: SessionCookie,
    private readonly devices: DeviceMarks,
    private readonly guesses: GuessLimitGuard,
  ) {}

  @Post('redeem-link')
  @UseGuards(GuessLimitGuard)
  @SkipThrottle({ installation: true, account: true })
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in with a one-time link' })
  @ApiOkResponse({ standardSchema: SessionResponse })
  @ApiProblems('invalid-request', 'link-invalid', 'origin-refused', 'rate-limited')
  async redeemSignInLink(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: RedeemSignInLinkRequest }) body: RedeemSignInLinkRequest,
  ): Promise<SessionResponse> {
    const session = await this.auth.redeemLink(body.token);
    await this.guesses.forgive(request);
    return this.answer(reply, session);
  }

  @Post('sign-in')
  @UseGuards(GuessLimitGuard)
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in with e-mail and password' })
  @ApiOkResponse({ standardSchema: SessionResponse })
  @ApiProblems('invalid-request', 'invalid-credentials', 'origin-refused', 'rate-limited', 'overloaded')
  async signIn(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: SignInRequest }) body: SignInRequest,
  ): Promise<SessionResponse> {
    const session = await this.auth.signIn(body, () => this.guesses.forgive(request));
    this.cookie.setDevice(reply, this.devices.make(body.email));
    return this.answer(reply, session);
  }

  @Post('refresh')
  @HttpCode(200)
  @ApiOperation({ summary: 'Get a fresh access token for the session of the cookie' })
  @ApiOkResponse({ standardSchema: SessionResponse })
  @ApiNoContentResponse({
    description: 'The browser has no session: nothing went wrong, nobody is signed in.',
  })
  @ApiProblems('session-expired', 'origin-refused')
  async refreshSession(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionResponse | undefined> {
    const token = this.cookie.refreshTokenOf(request);
    if (token !== undefined) return this.answer(reply, await this.sessions.refresh(token));
    reply.status(204);
    return undefined;
  }

  @Post('sign-out')
  @HttpCode(204)
  @ApiOperation({ summary: 'End the session of the cookie' })
  @ApiNoContentResponse({ description: 'The session has ended, if there was one.' })
  @ApiProblems('origin-refused')
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.end(this.cookie.refreshTokenOf(request));
    this.cookie.clearRefreshToken(reply);
  }

  @Post('sign-out-everywhere')
  @HttpCode(204)
  @ApiOperation({ summary: 'End every session of the caller on every device' })
  @ApiNoContentResponse({ description: 'All sessions have ended; this one too.' })
  @ApiProblems('unauthenticated', 'permission-denied', 'origin-refused')
  async signOutEverywhere(
    @CurrentUser() user: UserPrincipal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.endAll(user.userId);
    this.cookie.clearRefreshToken(reply);
  }

  @Get('me')
  @ApiOperation({ summary: 'Who the caller is' })
  @ApiOkResponse({ standardSchema: UserResponse })
  @ApiProblems('unauthenticated', 'permission-denied')
  async getCurrentUser(@CurrentUser() user: UserPrincipal): Promise<UserResponse> {
    return toUserResponse(await this.users.get(user.userId));
  }

  @Patch('me')
  @ApiOperation({ summary: "Change the caller's profile" })
  @ApiOkResponse({ standardSchema: UserResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'origin-refused')
  async updateCurrentUser(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: UpdateCurrentUserRequest }) body: UpdateCurrentUserRequest,
  ): Promise<UserResponse> {
    return toUserResponse(await this.users.updateProfile(user.userId, body));
  }

  @Put('password')
  @UseGuards(GuessLimitGuard)
  @ApiOperation({ summary: 'Set or change the password; all other sessions end' })
  @ApiOkResponse({ standardSchema: SessionResponse })
  @ApiProblems(
    'invalid-request',
    'unauthenticated',
    'permission-denied',
    'origin-refused',
    'email-taken',
    'rate-limited',
    'overloaded',
  )
  async setPassword(
    @CurrentUser() user: UserPrincipal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: SetPasswordRequest }) body: SetPasswordRequest,
  ): Promise<SessionResponse> {
    return this.answer(
      reply,
      await this.auth.setPassword(user.userId, body, () => this.guesses.forgive(request)),
    );
  }

  private answer(reply: FastifyReply, session: IssuedSession): SessionResponse {
    this.cookie.setRefreshToken(reply, session.refreshToken);
    return toSessionResponse(session);
  }
}
