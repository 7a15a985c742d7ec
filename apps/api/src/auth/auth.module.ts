import { Global, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { Authenticator } from '../platform/authorization/authenticator.js';
import { AccessMemory } from './access-memory.js';
import { AccessTokens } from './access-tokens.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { DeviceMarks } from './device-marks.js';
import { GuessLimitGuard } from './guess-limit.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { OneTimeLinks } from './one-time-links.js';
import { PasswordHasher } from './password-hasher.js';
import { PersonalAccessTokens } from './personal-access-tokens.js';
import { PersonalAccessTokensController } from './personal-access-tokens.controller.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { UserAuthenticator } from './user-authenticator.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Who is asking. Global, because the guard before every handler asks it. */
@Global()
@Module({
  imports: [JwtModule.register({})],
  controllers: [AuthController, PersonalAccessTokensController, UsersController],
  providers: [
    AccessMemory,
    AccessTokens,
    AuthService,
    DeviceMarks,
    GuessLimitGuard,
    JwtStrategy,
    OneTimeLinks,
    PasswordHasher,
    PersonalAccessTokens,
    SessionCookie,
    SessionsRepository,
    SessionsService,
    UsersRepository,
    UsersService,
    { provide: Authenticator, useClass: UserAuthenticator },
  ],
  exports: [AccessTokens, Authenticator, UsersService],
})
export class AuthModule {}
