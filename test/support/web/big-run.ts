import type { PlanTask } from '../../../src/domain/plan/plan.ts';
import type { RunEventBody } from '../../../src/domain/run/run-events.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { savePlan } from '../../../src/store/runs.ts';
import { agent, phase, plan, task } from '../plan/builders.ts';

/** A run that waits becomes one of many tasks in every state, as far as its plan and its events say; nobody does them. */
export interface BigRun {
  /** Tells so many more events of tasks at work. */
  tell(count: number): Promise<void>;
}

const phaseNames = ['collect', 'read', 'compare', 'judge', 'report'];
const agents = ['reader', 'writer', 'critic', 'tester', 'builder', 'planner', 'judge', 'editor', 'scout', 'clerk'];
const minute = 60_000;

/** Tasks in five phases, each waiting for up to three of the phase before; alike enough for nobody to take them for one. */
function manyTasks(count: number): PlanTask[] {
  const perPhase = count / phaseNames.length;
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(index / perPhase);
    const before = index - perPhase;
    const needs =
      at === 0
        ? []
        : [0, 7, 31].slice(0, 1 + (index % 3)).map((more) => (at - 1) * perPhase + ((before + more) % perPhase));
    return task({
      id: `${phaseNames[at]}-${index}`,
      ...{ phase: at, afterPhase: at === 0 ? null : at - 1, agent: `${agents[index % agents.length]}-${index % 97}` },
      dependsOn: needs.map((need) => ({ task: `${phaseNames[at - 1]}-${need}`, on: 'all_success', from: 'explicit' })),
    });
  });
}

/** Makes it of a run. Its first three phases are done but for five failed tasks, the fourth is at work, seven hours after it began. */
export async function toBigRun(store: WorkerStore, runKey: string, count = 5000): Promise<BigRun> {
  const tasks = manyTasks(count);
  const named = Object.fromEntries(tasks.map(({ agent: name }) => [name, agent({ name })]));
  const whole = plan({ name: 'big', phases: phaseNames.map((name) => phase(name)), tasks, agents: named });
  const planHash = await savePlan(store.sql, whole);
  const { rows } = await store.sql.query<{ no: number; lastSeq: number }>(
    'update runs set plan_hash = $2 where run_key = $1 returning no, last_seq as "lastSeq"',
    [runKey, planHash],
  );
  const { no } = rows[0]!;
  let { lastSeq } = rows[0]!;
  const write = async (story: readonly (readonly [at: number, body: RunEventBody])[]): Promise<void> => {
    await store.sql.query(
      `insert into events (run_no, seq, key, data, at)
       select $1, $2 + e.ordinality, 'big/' || ($2 + e.ordinality), e.data, to_timestamp(e.at / 1000.0)
       from unnest($3::jsonb[], $4::float8[]) with ordinality as e (data, at, ordinality)`,
      [no, lastSeq, story.map(([, body]) => JSON.stringify(body)), story.map(([at]) => at)],
    );
    lastSeq += story.length;
    await store.sql.query('update runs set last_seq = $2 where no = $1', [no, lastSeq]);
  };
  const now = Date.now();
  // What it told so far is how it began.
  await store.sql.query(`update events set at = at - interval '8 hours 1 minute' where run_no = $1`, [no]);
  const at = (index: number): number =>
    now - 8 * 60 * minute + (index / count) * 40 * minute + (index >= count * 0.6 ? 7 * 60 * minute : 0);
  await write(
    tasks.map(({ id, phase: of, agent: agentName, context }) => [
      now - 8 * 60 * minute,
      { type: 'task:added', taskId: id, phase: phaseNames[of!]!, agentName, context },
    ]),
  );
  const begun = tasks.slice(0, Math.floor(count * 0.72));
  const story = begun.flatMap(({ id, agent: agentName }, index): [number, RunEventBody][] => {
    const start: RunEventBody = { type: 'task:start', taskId: id, agentName, description: '', attempt: 1 };
    const isOver = index < count * 0.7;
    if (!isOver) return [[at(index), start]];
    const isBad = index % Math.floor(count / 7) === Math.floor(count / 9);
    const end: RunEventBody = isBad
      ? { type: 'task:error', taskId: id, error: 'the page could not be read', attempt: 1, willRetry: false }
      : {
          ...{ type: 'task:complete', taskId: id, agentName, success: true, status: 'succeeded', duration: minute },
          ...{ tokensUsed: 1200, costUsd: 0.004, turns: 2 },
        };
    return [
      [at(index), start],
      [at(index) + minute, end],
    ];
  });
  await write(story.sort(([one], [other]) => one - other));
  let told = 0;
  return {
    async tell(more) {
      const at = begun.length - Math.floor(count * 0.02);
      await write(
        Array.from({ length: more }, (_, index) => {
          const { id: taskId, agent: agentName } = begun[at + ((told + index) % Math.floor(count * 0.02))]!;
          const turn = 1 + Math.floor((told + index) / 100);
          return [
            Date.now(),
            { type: 'agent:invoke', taskId, agentName, model: 'claude-haiku-4-5', maxTokens: 1000, turn },
          ];
        }),
      );
      told += more;
    },
  };
}
