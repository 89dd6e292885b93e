/*
 * What must hold of what Temporal keeps of a run, and of what anything keeps of secrets:
 * V11 The histories of the run and of its tasks, whole chains of them, replay without another step than they had (I12).
 * V12 There is one chain of executions of that id, it is closed, and it closed with what the store says (I1, I9).
 * V13 Neither a history nor a row of the run holds a key (I10).
 */
import type { RunResult } from '../../../src/domain/run/run-result.ts';
import type { RunRow, Store } from '../../../src/store/store.ts';
import type { Execution, TemporalWitness } from './temporal-witness.ts';
import { closeOf, textsIn } from './temporal-witness.ts';
import { until } from '../base/until.ts';

/** V11 to V13. `secrets` are whole keys; they are looked for in other spellings, too. */
export async function aboutTemporal(
  { temporal, store }: { temporal: TemporalWitness; store: Store },
  run: RunRow,
  secrets: readonly string[],
): Promise<string[]> {
  const executions = await closedExecutions(temporal, run);
  const known = new Set(executions.map(({ executionId }) => executionId));
  const others = (await temporal.listed(run.runId)).filter((id) => !known.has(id));
  return [
    ...(await temporal.replay(executions)).map((problem) => `V11 ${problem}`),
    ...others.map((id) => `V12 ${run.runId} has another execution: ${id}`),
    ...aboutClose(executions, run),
    ...(await aboutSecrets({ store, executions }, run, secrets)),
  ];
}

// The result is in the store before the workflow closes.
async function closedExecutions(temporal: TemporalWitness, run: RunRow): Promise<Execution[]> {
  let executions: Execution[] = [];
  await until('the workflow is closed', async () => {
    executions = await temporal.executionsOf(run.runId, run.temporalRunId);
    return closeOf(lastOf(executions, run)) !== null;
  }).catch(() => undefined);
  return executions;
}

function lastOf(executions: readonly Execution[], { runId }: RunRow): Execution {
  return executions.filter(({ workflowId }) => workflowId === runId).at(-1)!;
}

function aboutClose(executions: readonly Execution[], run: RunRow): string[] {
  const close = closeOf(lastOf(executions, run));
  if (close === null) return ['V12 the workflow is still open'];
  const must = { failed: 'Failed', cancelled: 'Canceled' }[run.status as string] ?? 'Completed';
  const found = close.how === must ? [] : [`V12 it is ${run.status}, but its workflow is ${close.how}`];
  const result = close.result as RunResult | undefined;
  if (!result) return found;
  const ends = (one: RunResult): string =>
    JSON.stringify([one.status, one.reason, one.summary, one.compensations], sorted);
  // What does not fit into a history is left out of its copy of the result, tasks first.
  if (ends(result) !== ends(run.result!)) found.push('V12 Temporal has another result than the store');
  for (const [id, task] of Object.entries(result.tasks)) {
    if (run.result!.tasks[id]?.status !== task.status) found.push(`V12 Temporal says that ${id} ${task.status}`);
  }
  return found;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function aboutSecrets(
  { store, executions }: { store: Store; executions: readonly Execution[] },
  { runKey }: RunRow,
  secrets: readonly string[],
): Promise<string[]> {
  const needles = secrets.flatMap(spellings);
  const holds = (text: string): boolean => needles.some((needle) => text.includes(needle));
  const inHistories = executions.filter(({ history }) => textsIn(history).some(holds));
  const { rows: tables } = await store.sql.query<{ name: string; owned: boolean }>(
    `select t.table_name as name, exists (select 1 from information_schema.columns c where c.table_schema = t.table_schema
        and c.table_name = t.table_name and c.column_name = 'run_no') as owned
     from information_schema.tables t where t.table_schema = current_schema() and t.table_type = 'BASE TABLE'`,
  );
  const found = inHistories.map(({ workflowId }) => `V13 the history of ${workflowId} holds a key`);
  for (const { name, owned } of tables) {
    const { rows } = await store.sql.query(
      `select 1 from "${name}" t where ${owned ? 'run_no = (select no from runs where run_key = $2)' : '$2::text is not null'}
         and exists (select 1 from unnest($1::text[]) needle where strpos(t::text, needle) > 0) limit 1`,
      [needles, runKey],
    );
    if (rows.length > 0) found.push(`V13 the table ${name} holds a key`);
  }
  return found;
}

// The end of a text in base64 depends on what follows it.
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').slice(0, -4), bytes.toString('hex'), encodeURIComponent(secret)];
}
