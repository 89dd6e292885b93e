import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { allEvents } from '../support/run/all-events.ts';
import type { CliPlace, CliResult, RunningCli } from '../support/command/cli.ts';
import { gaffer, startGaffer, writeProject } from '../support/command/cli.ts';
import { crewFiles, crewScript, rightSum } from '../support/crash/crew.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import type { Kill } from '../support/invariants/invariants.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';

/*
 * product.md 2C, F3, with the clients that there are: `gaffer` commands die at any moment. No start that was told of is lost, there is
 * one run of each id, a run goes on when somebody takes it up, and a decision counts once.
 */
const size = 2;
// About as long as a command takes.
const startsWithinMs = 1200;
const flags = ['--agents', 'agents', '--allow-unsandboxed-shell', '--yes'];

describe('a command that is killed', () => {
  const stage = openCrashStage({ modelKind: 'anthropic', settings: { unsandboxedShell: true } });

  it.each(seedsOf(2))('gaffer run --detach: what it told of is there, once, seed %i', async (seed) => {
    const { env } = stage;
    const random = seeded(seed * 11);
    const runId = `detached-${seed}`;
    const place = projectOf(runId);
    const args = ['run', 'workflow.yaml', '--id', runId, '--detach', ...flags];
    const first = startGaffer(args, place);
    const moment = (['told', 'any', 'started'] as const)[seed % 3]!;
    if (moment === 'any') await Promise.race([sleep(random(startsWithinMs)), first.ended]);
    if (moment === 'started') await until('Temporal has it', () => env.temporal.isStarted(runId));
    if (moment === 'told') await first.says(/Started\./);
    first.process.kill('SIGKILL');
    const { stdout } = await first.ended;
    const wasTold = stdout.includes(runId);
    const again = await gaffer(args, place);
    console.log(`${runId}: killed at ${moment}; told: ${wasTold}; the same again ended with ${again.code}`);
    // Used: it is there. Only what nobody was told of may have been lost.
    expect(again, again.stderr).toMatchObject({ code: wasTold || moment === 'started' ? 2 : expect.toBeOneOf([0, 2]) });
    if (again.code === 2) expect(again.stderr).toContain(runId);
    const watched = await gaffer(['watch', runId, '--json'], place);
    expectCrew(watched);
    expect(await violations(env, await runKeyOf(runId), [])).toEqual([]);
  });

  it.each(seedsOf(1))('gaffer run, and gaffer watch after it: the next watch goes on, seed %i', async (seed) => {
    const { env } = stage;
    const random = seeded(seed * 13);
    const runId = `attached-${seed}`;
    const place = projectOf(runId);
    const kills: Kill[] = [];
    const moment = (['working', 'started', 'any'] as const)[seed % 3]!;
    const run = startGaffer(['run', 'workflow.yaml', '--id', runId, ...flags], place);
    kills.push(...(await killAt(run, moment, { runId, random })));
    const wasThere = (await env.store.runs.find(runId)) !== undefined;
    console.log(`${runId}: gaffer run killed at ${moment}, its run was ${wasThere ? 'open' : 'not open'}`);
    if (wasThere) {
      const watch = startGaffer(['watch', runId, '--yes'], place);
      kills.push(...(await killAt(watch, random(2) === 0 ? 'any' : 'working', { runId, random })));
    }
    expectCrew(await takeUp(runId, place));
    expect(await violations(env, await runKeyOf(runId), kills)).toEqual([]);
  });

  it.each(seedsOf(1))('gaffer approve: its decision counts once, seed %i', async (seed) => {
    const { env } = stage;
    const random = seeded(seed * 17);
    const runId = `approved-${seed}`;
    const gate = '      - { id: gate, prompt: "Pass.", approval: { at: before, needed: 2 } }';
    const place = projectOf(runId, gate);
    const started = await gaffer(['run', 'workflow.yaml', '--id', runId, '--detach', ...flags], place);
    expect(started, started.stderr).toMatchObject({ code: 0 });
    await until('it waits', async () => (await env.store.runs.find(runId))?.status === 'waiting');
    const approve = (by: string) => startGaffer(['approve', runId, 'gate', '--by', by], place);
    const decided = async () =>
      (await storyOf(runId)).flatMap((event) => (event.type === 'approval:decided' ? [event.by] : []));
    const ann = approve('ann');
    if (random(3) === 0) await until('it counts', async () => (await decided()).length > 0);
    else await Promise.race([sleep(random(startsWithinMs)), ann.ended]);
    ann.process.kill('SIGKILL');
    await ann.ended;
    console.log(`${runId}: killed with ${(await decided()).length} decisions`);
    // The same again: of one person there is one decision, however often it was given.
    expect(await approve('ann').ended).toMatchObject({ code: 0 });
    expect(await decided()).toEqual(['ann']);
    expect(await approve('bob').ended).toMatchObject({ code: 0 });
    expectCrew(await gaffer(['watch', runId, '--json'], place));
    expect(await decided()).toEqual(['ann', 'bob']);
    expect(await violations(env, await runKeyOf(runId), [])).toEqual([]);
  });

  function projectOf(runId: string, more = ''): CliPlace {
    const { env } = stage;
    env.model.setScript({
      rules: [
        { name: 'gate', when: (c) => c.prompt === 'Pass.', answer: () => ({ text: 'passed' }) },
        // One of them shows its environment: no key may be in it.
        ...crewScript(runId, ({ step, answer }) => ({
          ...answer,
          latencyMs: 60,
          ...(step === 'work' && {
            tools: answer.tools!.map((tool) =>
              tool.name === 'bash' ? { ...tool, input: { command: `env; ${tool.input['command'] as string}` } } : tool,
            ),
          }),
        })).rules,
      ],
    });
    const cwd = writeProject(tempFolder(), crewFiles(size, runId, more));
    return {
      cwd,
      env: {
        DATABASE_URL: env.settings.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        GAFFER_TASK_QUEUE: env.settings.taskQueue,
        GAFFER_HOME: join(cwd, '.gaffer'),
        ANTHROPIC_API_KEY: env.settings.models.accounts['anthropic']!.apiKey,
        ANTHROPIC_BASE_URL: env.model.url,
      },
    };
  }

  /** Kills a command that works on a run itself, and looks at what that found of it. */
  async function killAt(
    { process, ended }: RunningCli,
    moment: 'any' | 'started' | 'working',
    { runId, random }: { runId: string; random: (limit: number) => number },
  ): Promise<Kill[]> {
    onTestFinished(() => void process.kill('SIGKILL'));
    const target = (await storyOf(runId)).length + 1 + random(25);
    const isOver = ended.then(() => undefined);
    const failed = ended.then(({ code, stderr }) => {
      if (code !== 0 && code !== null) throw new Error(`it ended with ${code}: ${stderr}`);
    });
    failed.catch(() => undefined);
    if (moment === 'any') await Promise.race([sleep(random(startsWithinMs)), isOver]);
    if (moment === 'started')
      await Promise.race([until('Temporal has it', () => stage.env.temporal.isStarted(runId)), failed]);
    if (moment === 'working') await until('it works', async () => (await storyOf(runId)).length >= target);
    process.kill('SIGSTOP');
    const row = await stage.env.store.runs.find(runId);
    const kill = row ? [await lookAtFlight(stage.env.store, row.runKey)] : [];
    const tools = descendantsOf(process.pid!);
    process.kill('SIGKILL');
    await ended;
    expect(await stillAlive(tools, 5000)).toEqual([]);
    return kill;
  }

  /** What somebody does who does not know how far it came: takes it up, or else starts it. */
  async function takeUp(runId: string, place: CliPlace): Promise<CliResult> {
    const watched = await gaffer(['watch', runId, '--json', '--yes'], place);
    if (watched.code !== 2) return watched;
    const run = await gaffer(['run', 'workflow.yaml', '--id', runId, '--json', ...flags], place);
    // It came to Temporal after all, a moment after its client had died.
    return run.code === 2 ? gaffer(['watch', runId, '--json', '--yes'], place) : run;
  }

  async function storyOf(runId: string) {
    const row = await stage.env.store.runs.find(runId);
    return row ? allEvents(stage.env.store, row.runKey) : [];
  }

  async function runKeyOf(runId: string): Promise<string> {
    return (await stage.env.store.runs.find(runId))!.runKey;
  }
});

function expectCrew(end: CliResult): void {
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const { status, tasks } = JSON.parse(end.stdout) as RunResult;
  expect({ status, sum: tasks['sum']!.output }).toEqual({ status: 'succeeded', sum: rightSum(size) });
}
