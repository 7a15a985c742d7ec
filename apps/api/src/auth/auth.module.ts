import { Global, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { Authenticator } from '../platform/authorization/authenticator.js';
import { AccessTokens } from './access-tokens.js';
import { UserAuthenticator } from './user-authenticator.js';

/** Who is asking. Global, because the guard before every handler asks it. */
@Global()
@Module({
  imports: [JwtModule.register({})],
  providers: [AccessTokens, { provide: Authenticator, useClass: UserAuthenticator }],
  exports: [AccessTokens, Authenticator],
})
export class AuthModule {}
