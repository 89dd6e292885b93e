import { describe, expect, it } from 'vitest';
import { fitTuning, type WorkerTuning } from '../../../../src/domain/run/worker-tuning.ts';

describe('how much a worker does at once', () => {
  it.each<[WorkerTuning, object]>([
    [
      {},
      {
        places: { activities: 100, tools: 100, workflowTasks: 40 },
        load: null,
        pollers: { activities: 10, tools: 10, workflowTasks: 10 },
        cachedWorkflows: null,
        connections: { maxConnections: 20, keptForCommits: 4 },
      },
    ],
    [{ activities: 500 }, { connections: { maxConnections: 50, keptForCommits: 10 } }],
    [
      { activities: 4, workflowTasks: 2 },
      {
        places: { activities: 4, tools: 4, workflowTasks: 2 },
        pollers: { activities: 4, tools: 4, workflowTasks: 2 },
        connections: { maxConnections: 8, keptForCommits: 1 },
      },
    ],
    [{ activities: 1, tools: 1, pollers: 1 }, { pollers: { activities: 1, tools: 1, workflowTasks: 2 } }],
    [
      { tools: 2, connections: 3 },
      {
        places: { activities: 100, tools: 2, workflowTasks: 40 },
        connections: { maxConnections: 3, keptForCommits: 1 },
      },
    ],
    [{ targetMemory: 0.6 }, { places: null, load: { targetMemory: 0.6, targetCpu: 0.9 } }],
    [{ cachedWorkflows: 0 }, { cachedWorkflows: 0 }],
  ])('%j is fitted', (given, expected) => {
    expect(fitTuning(given)).toMatchObject(expected);
  });

  it.each<[WorkerTuning, string]>([
    [{ activities: 0 }, '--activities is 0: it must be a whole number from 1 to 5000.'],
    [{ activities: 1.5 }, '--activities is 1.5'],
    [{ activities: Number.NaN }, '--activities is NaN'],
    [{ workflowTasks: 1 }, '--workflowTasks is 1: it must be a whole number from 2'],
    [{ connections: 1 }, '--connections is 1: it must be a whole number from 2 to 1000.'],
    [{ targetCpu: 80 }, '--targetCpu is 80: it must be a share from 0.1 to 1.'],
    [{ cachedWorkflows: 5 }, '--cachedWorkflows is 5: it must be 0, or at least 10.'],
    [
      { cachedWorkflows: 20, workflowTasks: 30 },
      '--cachedWorkflows is 20: --workflowTasks is 30, and it must be no less.',
    ],
    [{ tools: 5, targetMemory: 0.5 }, '--tools and --targetMemory do not go together'],
  ])('%j is refused', (given, message) => {
    expect(() => fitTuning(given, (key) => `--${key}`)).toThrow(message);
  });
});
