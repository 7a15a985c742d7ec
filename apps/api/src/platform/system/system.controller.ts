import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../problems/api-problems.js';
import { Freeze } from './freeze.js';
import { SystemInfoService } from './system-info.service.js';
import { FreezeResponse, SetFreezeRequest, SystemInfoResponse } from './system.dto.js';

@ApiTags('system')
@Controller('system')
export class SystemController {
  constructor(
    private readonly system: SystemInfoService,
    private readonly freeze: Freeze,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What this installation is and can' })
  @ApiOkResponse({ standardSchema: SystemInfoResponse })
  @ApiProblems('unauthenticated', 'permission-denied')
  getSystemInfo(): Promise<SystemInfoResponse> {
    return this.system.read();
  }

  @Post('freeze')
  @HttpCode(200)
  @ApiOperation({ summary: 'Refuse new work, or take it again' })
  @ApiOkResponse({ standardSchema: FreezeResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied')
  setFreeze(@Body({ schema: SetFreezeRequest }) body: SetFreezeRequest): Promise<FreezeResponse> {
    return this.freeze.set(body.frozen, body.reason);
  }
}
