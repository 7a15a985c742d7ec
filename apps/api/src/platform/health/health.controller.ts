import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Drain } from './drain.js';
import { HealthResponse, ProbeResponse } from './health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly drain: Drain,
  ) {}

  @Get()
  @ApiOperation({ summary: 'How the installation is' })
  @ApiOkResponse({ standardSchema: HealthResponse })
  @ApiResponse({ status: 503, description: 'A critical check is in error.', standardSchema: HealthResponse })
  async getHealth(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthResponse> {
    const health = await this.health.check();
    if (health.status === 'error') reply.status(503).header('Retry-After', '5');
    return health;
  }

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiOkResponse({ standardSchema: ProbeResponse })
  getLiveness(): ProbeResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether to send requests here' })
  @ApiOkResponse({ standardSchema: ProbeResponse })
  @ApiResponse({ status: 503, description: 'Not yet, or not any more.', standardSchema: ProbeResponse })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<ProbeResponse> {
    const { state } = this.drain;
    if (state === 'ok' && (await this.health.databaseAnswers())) return { status: 'ok' };
    reply.status(503).header('Retry-After', '2');
    return { status: state === 'ok' ? 'error' : state };
  }
}
