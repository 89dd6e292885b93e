/*
 * A worker that stands still, stopped in the middle of whatever it does, and goes on: three runs of different kinds are in its hands.
 * Where it is caught is counted in what goes over its connections, so every step of a run is a place.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Script } from '../../../src/testing/index.ts';
import type { Tap } from '../base/tap.ts';
import { openTap } from '../base/tap.ts';
import { until } from '../base/until.ts';
import { violations } from '../invariants/invariants.ts';
import { agent } from '../plan/builders.ts';
import { yamlPlan } from '../plan/yaml-plan.ts';
import { allEvents } from '../run/all-events.ts';
import { openApprover } from '../run/approver.ts';
import type { RunEnv } from '../run/run-env.ts';
import { openRunEnv } from '../run/run-env.ts';
import type { WorkerProcess } from '../run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../run/worker-process.ts';
import { wayTo } from '../store/way-to.ts';
import { checkGraph } from './graph-run.ts';
import { graphPlan, graphScript } from './graph.ts';
import { seeded } from './seeds.ts';

/** What a worker talks to, and about how many pieces three runs need of each. */
const places = { database: 900, temporal: 400, model: 50 } as const;
type Place = keyof typeof places;

const standstillsMs = [3000, 6000, 12_000];
const longestRunMs = 120_000;

/** An environment whose worker can be stopped at any piece of what it says or hears. */
export interface StandstillStage {
  readonly env: RunEnv;
  readonly worker: WorkerProcess;
  onPiece: (place: Place) => void;
}

/** Opens a stage for the tests of the `describe` around it. */
export function openStandstillStage(): StandstillStage {
  const stage = { onPiece: () => undefined } as unknown as {
    -readonly [Key in keyof StandstillStage]: StandstillStage[Key];
  };
  const taps: Tap[] = [];
  beforeAll(async () => {
    buildIfStale();
    stage.env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    const { databaseUrl, temporal } = stage.env.settings;
    const database = new URL(databaseUrl);
    const server = new URL(`http://${temporal.address}`);
    // Of both sides: a worker is caught as it asks, and as it is answered.
    const tap = async (behind: NetConnectOpts, place: Place): Promise<string> => {
      const opened = await openTap(behind, (bytes) => bytes > keepAliveBytes && stage.onPiece(place));
      taps.push(opened);
      return `127.0.0.1:${opened.port}`;
    };
    database.host = await tap(wayTo(databaseUrl), 'database');
    server.host = await tap({ host: server.hostname, port: Number(server.port) }, 'temporal');
    const settings = {
      ...stage.env.settings,
      databaseUrl: database.href,
      temporal: { ...temporal, address: server.host },
    };
    stage.worker = await spawnWorker(settings);
  });
  afterAll(async () => {
    await stage.worker?.kill();
    await Promise.all(taps.map((tap) => tap.close()));
    await stage.env?.close();
  });
  return stage;
}

type Rule = Script['rules'][number];

const keepAliveBytes = 60;

/** Lets the worker stand still for 3, 6 and 12 s, in an order and in places that the seed chooses, and checks that it cost nothing but time. */
export async function standStill(stage: StandstillStage, seed: number): Promise<void> {
  const { env } = stage;
  const random = seeded(seed * 53);
  const runs = kinds(env).map((kind) => ({ ...kind, rules: kind.rules.map(counted) }));
  const rest = standstillsMs
    .map((ms) => ({ ms, ...chooseStep(random), turn: random(1000) }))
    .toSorted((a, b) => a.turn - b.turn);
  const caught: string[] = [];
  let seen = 0;
  let isStill = false;
  stage.onPiece = (place) => {
    const [next] = rest;
    if (isStill || !next || place !== next.place || ++seen < next.step) return;
    rest.shift();
    [isStill, seen] = [true, 0];
    stage.worker.freeze();
    caught.push(`${next.ms} ms at ${place} ${next.step}`);
    setTimeout(() => {
      stage.worker.thaw();
      isStill = false;
    }, next.ms);
  };
  function counted(rule: Rule): Rule {
    return { ...rule, answer: (conversation) => (stage.onPiece('model'), rule.answer(conversation)) };
  }
  env.model.setScript({ rules: runs.flatMap(({ rules }) => rules) });
  const handles = await Promise.all(runs.map(({ runId, plan }) => env.start(plan, { runId })));
  const approvers = handles.map((handle) => openApprover(env, handle));
  try {
    for (const handle of handles)
      await until('the run ends', async () => (await handle.describe()).status !== 'running', longestRunMs);
    console.log(`seed ${seed}: stood still for ${caught.join(', ')}`);
    expect(caught).not.toEqual([]);
    for (const [index, { plan, check }] of runs.entries()) {
      await check(handles[index]!);
      expect(await violations(env, handles[index]!.runKey, [], { plan })).toEqual([]);
      expect(await lostAttempts(env, handles[index]!)).toEqual([]);
    }
  } finally {
    stage.onPiece = () => undefined;
    await Promise.all(approvers.map((approver) => approver.close()));
    await until('it goes on', () => !isStill);
    await Promise.all(handles.map((handle) => handle.cancel().catch(() => undefined)));
  }
}

function chooseStep(random: (limit: number) => number): { place: Place; step: number } {
  const place = (['database', 'database', 'temporal', 'model'] as const)[random(4)]!;
  return { place, step: 1 + random(Math.floor(places[place] / standstillsMs.length)) };
}

interface Kind {
  runId: string;
  plan: Plan;
  rules: Rule[];
  check: (handle: Run) => Promise<void>;
}

/** Tasks inline and as children, with everything that a graph has, approvals included; and a run that undoes what it did. */
function kinds(env: RunEnv): Kind[] {
  const graphs = (['inline', 'child'] as const).map((mode) => {
    const { runId, workspace } = place(env, mode);
    const check = (handle: Run) => checkGraph(env, handle, workspace);
    return { runId, plan: graphPlan(runId, mode, workspace), rules: [...graphScript(runId).rules], check };
  });
  return [...graphs, undoing(env)];
}

function undoing(env: RunEnv): Kind {
  const { runId, workspace } = place(env, 'undo');
  const undo = (id: string) => `compensate: { bash: "echo ${id} >> undone" }`;
  const plan = yamlPlan(
    `
on_failure: compensate
tasks:
  - { id: a, prompt: A of ${runId}., ${undo('a')} }
  - { id: b, prompt: B of ${runId}., depends_on: [a], compensate: { prompt: "Take b of ${runId} back." } }
  - { id: c, prompt: Bad of ${runId}., depends_on: [b], ${undo('c')} }
`,
    { workspace, agents: [agent({ tools: ['issue', 'bash'] })] },
  );
  const rules: Rule[] = [
    {
      name: 'bad',
      when: ({ prompt }) => prompt === `Bad of ${runId}.`,
      answer: () => ({ fault: { kind: 'refusal' } }),
    },
    { name: 'good', when: ({ prompt }) => prompt.includes(` of ${runId}`), answer: () => ({ text: 'done' }) },
  ];
  const check = async (handle: Run): Promise<void> => {
    const { compensations } = await handle.result();
    expect(compensations.map(({ taskId, status }) => `${taskId} ${status}`)).toEqual([
      'c succeeded',
      'b succeeded',
      'a succeeded',
    ]);
    expect(readFileSync(join(workspace, 'undone'), 'utf8')).toBe('c\na\n');
  };
  return { runId, plan, rules, check };
}

function place(env: RunEnv, kind: string): { runId: string; workspace: string } {
  const runId = `still-${kind}-${randomUUID().slice(0, 8)}`;
  const workspace = join(env.workspace, runId);
  mkdirSync(workspace);
  return { runId, workspace };
}

/** Attempts of tasks that failed, but for the one that must, and steps that Temporal took for lost. */
async function lostAttempts(env: RunEnv, { id, runKey }: Run): Promise<string[]> {
  const failed = (await allEvents(env.store, runKey)).flatMap((event) =>
    event.type === 'task:error' && event.taskId !== 'c' ? [`${event.taskId} failed: ${event.error}`] : [],
  );
  const { temporalRunId } = (await env.store.runs.find(id))!;
  const executions = await env.temporal.executionsOf(id, temporalRunId);
  const lost = executions.flatMap(({ workflowId, history }) =>
    (history.events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
      started?.lastFailure?.timeoutFailureInfo ? [`${workflowId}: a step was given up, and tried again`] : [],
    ),
  );
  return [...failed, ...lost];
}
