import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { METRICS_PATH, ProcessMetrics } from '../../platform/metrics/process-metrics.js';
import { InstallationGauges } from './installation-gauges.js';
import { PredictionCounters } from './prediction-counters.js';

@ApiTags('monitoring')
@Controller(METRICS_PATH)
export class PrometheusController {
  constructor(
    private readonly metrics: ProcessMetrics,
    private readonly predictions: PredictionCounters,
    /** Named here so that its gauges are there. */
    readonly gauges: InstallationGauges,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get the figures of this process and installation in the text format of Prometheus',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Metrics, one sample a line.', schema: { type: 'string' } })
  async getPrometheusMetrics(): Promise<string> {
    await this.predictions.forgetDeleted();
    return this.metrics.registry.metrics();
  }
}
