import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { CurrentUser } from '../platform/authorization/request-context.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import {
  MailPage,
  MailPreferencesResponse,
  MailQuery,
  MailResponse,
  MailSettingsResponse,
  UpdateMailPreferencesRequest,
} from './mail.dto.js';
import { MailService } from './mail.service.js';

@ApiTags('mail')
@Controller('mail')
export class MailController {
  constructor(private readonly mail: MailService) {}

  @Get('settings')
  @ApiOperation({ summary: 'Say whether mail is sent, and by which server' })
  @ApiOkResponse({ standardSchema: MailSettingsResponse })
  getMailSettings(@CurrentUser() user: UserPrincipal): Promise<MailSettingsResponse> {
    return this.mail.settings(user);
  }

  @Get('preferences')
  @ApiOperation({ summary: 'Say which mails the caller gets' })
  @ApiOkResponse({ standardSchema: MailPreferencesResponse })
  getMailPreferences(@CurrentUser() user: UserPrincipal): Promise<MailPreferencesResponse> {
    return this.mail.preferences(user);
  }

  @Patch('preferences')
  @ApiOperation({ summary: 'Choose which mails the caller gets' })
  @ApiOkResponse({ standardSchema: MailPreferencesResponse })
  updateMailPreferences(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: UpdateMailPreferencesRequest }) body: UpdateMailPreferencesRequest,
  ): Promise<MailPreferencesResponse> {
    return this.mail.setPreferences(user, body);
  }

  @Get('outbox')
  @ApiProblems('permission-denied')
  @ApiOperation({ summary: 'List mails, newest first' })
  @ApiOkResponse({ standardSchema: MailPage })
  listMails(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: MailQuery }) query: MailQuery,
  ): Promise<MailPage> {
    return this.mail.list(user, query);
  }

  @Get('outbox/:mailId')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Read a mail' })
  @ApiOkResponse({ standardSchema: MailResponse })
  getMail(
    @CurrentUser() user: UserPrincipal,
    @Param('mailId', ParseUUIDPipe) mailId: string,
  ): Promise<MailResponse> {
    return this.mail.get(user, mailId);
  }

  @Post('test')
  @HttpCode(202)
  @ApiProblems('conflict')
  @ApiOperation({ summary: 'Send a test mail to the caller; the outbox shows what becomes of it' })
  @ApiAcceptedResponse({ standardSchema: MailResponse })
  sendTestMail(@CurrentUser() user: UserPrincipal): Promise<MailResponse> {
    return this.mail.sendTest(user);
  }

  @Post('outbox/:mailId/send')
  @HttpCode(202)
  @ApiProblems('not-found', 'conflict')
  @ApiOperation({ summary: 'Send a mail that was not sent, or try a failed one again' })
  @ApiAcceptedResponse({ standardSchema: MailResponse })
  sendMailAgain(
    @CurrentUser() user: UserPrincipal,
    @Param('mailId', ParseUUIDPipe) mailId: string,
  ): Promise<MailResponse> {
    return this.mail.sendAgain(user, mailId);
  }
}
