import type { TaskMeta } from 'vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/base/until.ts';
import { patient } from '../support/base/patience.ts';
import { processesBelow, stillAlive } from '../support/base/processes.ts';
import { gaffer } from '../support/command/cli.ts';
import { type Execution, TemporalWitness } from '../support/invariants/temporal-witness.ts';
import { type Way, killAtWork, runBatch } from '../support/production/batch.ts';
import { secretWords } from '../support/production/shapes.ts';
import { type Site, openSite } from '../support/production/site.ts';
import { sizeOf, tablesWith } from '../support/production/temporal-tables.ts';
import {
  type ProductionWorker,
  nextRelease,
  startOne,
  startWorkers,
  thisRelease,
} from '../support/production/workers.ts';
import { buildNextVersion } from '../support/run/next-version.ts';

/*
 * What a crew in production lives through: Temporal's server, as it is built from its Go module, on PostgreSQL; three workers of the
 * built package, versioned, with small sizes and a payload key; runs of every shape, started by the command.
 */
describe('a crew in production', { timeout: patient(420_000) }, () => {
  let site: Site;
  let workers: ProductionWorker[] = [];
  /** Runs of every shape, counted for the row of RESULTS.md. */
  const runShapes = async ({ meta }: { meta: TaskMeta }, name: string, way?: Way): Promise<void> => {
    const { runs, calls, seconds } = await runBatch(site, name, way);
    const before = meta.production ?? {};
    meta.production = { runs: (before.runs ?? 0) + runs, calls: (before.calls ?? 0) + calls };
    console.log(`${name}: ${runs} runs, ${calls} model calls, ${seconds} s`);
  };
  /** Takes a server away, until every worker tells that it is lost, then back, until they tell that. */
  const takeAway = async (name: string, stop: () => Promise<void>, start: () => Promise<void>): Promise<void> => {
    const heard = workers.map((worker) => worker.listen());
    await stop();
    await Promise.all(heard.map((hear) => hear(new RegExp(`^${name} at \\S+ is lost`, 'm'))));
    await start();
    await Promise.all(heard.map((hear) => hear(new RegExp(`^${name} at \\S+ is back`, 'm'))));
  };

  beforeAll(async () => {
    site = await openSite();
  }, patient(240_000));
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await site?.close();
  });

  it('has workers that make what they need and say so to the doctor', async () => {
    workers = await startWorkers(site, thisRelease, 3);
    const { code, stdout } = await gaffer(['doctor'], { cwd: site.project, env: site.env });
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/Versions .*crew: 1\.0\.0 is current/);
  });

  it('brings runs of every shape to their end', async ({ task }) => {
    await runShapes(task, 'quiet');
    // By attributes that the workers made.
    const { workflow } = await site.runs.temporalClient();
    const count = async (status: string): Promise<number> =>
      (await workflow.count(`WorkflowType = 'orchestrate' AND GafferStatus = '${status}'`)).count;
    await until('they are found', async () => (await count('succeeded')) === 4 && (await count('failed')) === 1);
  });

  it('loses nothing and pays nothing twice when a worker is killed', async ({ task }) => {
    await runShapes(task, 'killed', {
      disturb: async (begun) => {
        const kills = await killAtWork(site, workers.shift()!, begun);
        workers.push(await startOne(site, thisRelease));
        return kills;
      },
    });
  });

  it.for(['SIGTERM', 'SIGKILL'] as const)('goes on after Temporal was ended by %s', async (signal, { task }) => {
    await runShapes(task, `temporal-${signal.toLowerCase()}`, {
      disturb: () => takeAway('Temporal', () => site.server.stop(signal), site.server.start),
    });
  });

  it.for(['SIGINT', 'SIGKILL'] as const)('goes on after PostgreSQL was ended by %s', async (signal, { task }) => {
    await runShapes(task, `postgres-${signal.toLowerCase()}`, {
      disturb: () => takeAway('The database', () => site.postgres.stop(signal), site.postgres.start),
    });
  });

  it('moves to the next release while runs live', async ({ task }) => {
    const next = await buildNextVersion();
    const release = nextRelease(next);
    const witness = new TemporalWitness(site.target, next.workflowBundle);
    const old = workers;
    try {
      await runShapes(task, 'deploy', {
        temporal: witness,
        disturb: async () => {
          workers = await startWorkers(site, release, 3);
        },
        afterwards: async () => {
          await until(
            'the old release is drained',
            async () => {
              const { stdout } = await gaffer(['doctor'], { cwd: site.project, env: site.env });
              return /crew: 1\.1\.0 is current; 1\.0\.0 drained/.test(stdout);
            },
            180_000,
          );
          for (const worker of old) expect((await worker.stop()).code).toBe(0);
        },
      });
      const { id, runKey } = await site.runs.find('deploy-wait');
      const [run, ...tasks] = await witness.executionsOf(id, runKey.slice(id.length + 1));
      expect(buildsOf(run!)).toEqual(['1.0.0', '1.1.0']);
      expect(tasks.map(buildsOf)).toEqual([['1.0.0'], ['1.1.0'], ['1.1.0']]);
      await runShapes(task, 'after', { temporal: witness });
    } finally {
      await witness.close();
      next.remove();
    }
  });

  it('leaves nothing of what runs say in the database of Temporal', async ({ task }) => {
    task.meta.production = { bytes: await sizeOf(site.postgres) };
    // What is not encrypted is found there, so what is not found is not there.
    expect(await tablesWith(site.postgres, 'quiet-crew')).toContain('temporal.history_node');
    for (const word of [...secretWords, ...site.secrets])
      expect(await tablesWith(site.postgres, word), word).toEqual([]);
  });

  it('leaves no process behind', async () => {
    const stopped = await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
    expect(stopped.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { log } of stopped) expect(log).not.toMatch(/TMPRL1100|nondetermin/i);
    const left = processesBelow(site.project);
    expect(await stillAlive(left, 5000)).toEqual([]);
  });
});

/** Releases that took the steps of an execution. */
function buildsOf({ history }: Execution): string[] {
  const builds = history.events!.flatMap(
    (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? [],
  );
  return [...new Set(builds)];
}
