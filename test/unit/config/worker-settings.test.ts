import { describe, expect, it } from 'vitest';
import { readWorkerOptions } from '../../../src/cli/options/worker-options.ts';
import { readWorkerConfig } from '../../../src/config/worker-settings.ts';

describe('what the environment says of workers', () => {
  it('is read, and the command line wins over it', () => {
    const config = readWorkerConfig({
      GAFFER_WORKER_ACTIVITIES: '2_000',
      GAFFER_WORKER_TOOLS: ' 8 ',
      GAFFER_DATABASE_CONNECTIONS: '30',
      GAFFER_METRICS: '9464',
      GAFFER_WORKER_LOG: 'stdout',
    });
    expect(config).toEqual({
      tuning: { activities: 2000, tools: 8, connections: 30 },
      metricsAddress: '127.0.0.1:9464',
      logsToStdout: true,
      logFormat: 'text',
    });
    expect(readWorkerOptions({ tools: '2', cache: '50', metrics: '0.0.0.0:9000', log: 'file' }, config)).toEqual({
      tuning: { activities: 2000, tools: 2, connections: 30, cachedWorkflows: 50 },
      metricsAddress: '0.0.0.0:9000',
      logsToStdout: false,
      logFormat: 'text',
    });
    expect(readWorkerConfig({ GAFFER_WORKER_MEMORY: '60%', GAFFER_WORKER_CPU: '0.5' }).tuning).toEqual({
      targetMemory: 0.6,
      targetCpu: 0.5,
    });
  });

  it.each([
    [{ GAFFER_WORKER_TOOLS: 'many' }, 'GAFFER_WORKER_TOOLS: "many" is no number'],
    [{ GAFFER_WORKER_TOOLS: '0' }, 'GAFFER_WORKER_TOOLS is 0'],
    [{ GAFFER_WORKER_TOOLS: '5', GAFFER_WORKER_CPU: '80%' }, 'GAFFER_WORKER_TOOLS and GAFFER_WORKER_CPU do not go'],
    [{ GAFFER_METRICS: 'metrics.local:9464' }, 'GAFFER_METRICS: "metrics.local:9464" must be a port'],
    [{ GAFFER_METRICS: '70000' }, 'GAFFER_METRICS'],
    [{ GAFFER_WORKER_LOG: 'syslog' }, 'GAFFER_WORKER_LOG: must be file or stdout'],
  ])('%j is refused', (environment, message) => {
    expect(() => readWorkerConfig(environment)).toThrow(message);
  });

  it.each([
    [{ tools: 'x' }, '--tools "x" is no number.'],
    [{ workflowTasks: '1' }, '--workflow-tasks is 1'],
    [{ cache: '20' }, '--cache is 20: GAFFER_WORKER_WORKFLOW_TASKS is 60'],
    [{ metrics: 'host:1' }, '--metrics: "host:1" must be'],
    [{ log: 'x' }, '--log "x": file or stdout.'],
  ])('%j is refused by the name of the option', (options, message) => {
    const config = readWorkerConfig({ GAFFER_WORKER_WORKFLOW_TASKS: '60' });
    expect(() => readWorkerOptions(options, config)).toThrow(message);
  });
});
