import { findRun } from '../../client/follow/find-run.ts';
import type { SharedState, StateValue } from '../../client/state/shared-state.ts';
import { readHistory } from '../../client/state/read-history.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDate, plural } from '../../domain/format.ts';
import { safeJson } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const valueColumn: Column = { title: 'Value', flexible: 16 };
const versionColumn: Column = { title: 'Version', align: 'right' };
const written: readonly Column[] = [
  { title: 'By', flexible: 8, isId: true, drop: 2 },
  { title: 'Written', drop: 1 },
];
const keyColumn: Column = { title: 'Key', flexible: 12, isId: true };
const lockColumns: readonly Column[] = [
  { title: 'Locked', flexible: 12, isId: true },
  { title: 'By', flexible: 8, isId: true },
  { title: 'Since', drop: 2 },
  { title: 'Until', drop: 1 },
  { title: 'Waiting', flexible: 8 },
];

/** `gaffer state RUN [KEY]`: what the agents of a run share. */
export function execute(
  context: CommandContext,
  [runId, key]: string[],
  { history = false, json = false }: { history?: boolean; json?: boolean },
): Promise<number> {
  if (history && key === undefined) throw new UsageError('--history shows the versions of one key: name it');
  return reading(context, async (session) => {
    const { store } = session;
    const row = await findRun(session, runId!);
    if (key === undefined) return printAll(context, await store.runs.sharedState(row.runKey), json);
    const versions = await readHistory(store, row, key);
    if (history) return printHistory(context, versions, json);
    printValue(context, versions.at(-1)!, json);
  });
}

function printAll({ terminal }: CommandContext, state: SharedState, json: boolean): void {
  if (json) return terminal.out(toJson(state));
  const { values, locks } = state;
  if (values.length + locks.length === 0) {
    return terminal.err('Nothing: its agents share no values (`state_set`), and hold no locks.\n');
  }
  const rows = values.map((one): Cell[] => [one.key, ...cellsOf(one)]);
  if (rows.length > 0) print(terminal, [keyColumn, versionColumn, valueColumn, ...written], rows);
  const held = locks.map(({ key, by, since, expiresAt, waiting }): Cell[] => [
    ...[key, by, formatDate(since), formatDate(expiresAt), waiting.map((one) => one.by).join(', ')],
  ]);
  if (held.length > 0) print(terminal, lockColumns, held);
}

function printHistory({ terminal }: CommandContext, versions: StateValue[], json: boolean): void {
  if (json) return terminal.out(toJson(versions));
  const rows = versions.map((one): Cell[] => cellsOf(one));
  print(terminal, [versionColumn, valueColumn, ...written], rows);
  const older = versions[0]!.version - 1;
  if (older > 0) terminal.err(`${plural(older, 'older version')} are not kept.\n`);
}

// A value alone is JSON, for whoever works on with it.
function printValue({ terminal }: CommandContext, one: StateValue, json: boolean): void {
  if (json) return terminal.out(toJson(one));
  terminal.out(`${safeJson(one.value, 2)}\n`);
  terminal.err(`Version ${one.version}, by ${one.by}, ${formatDate(one.at)}.\n`);
}

function cellsOf({ version, value, by, at }: StateValue): Cell[] {
  return [String(version), JSON.stringify(value).slice(0, 400), by, formatDate(at)];
}

function print(terminal: CommandContext['terminal'], columns: readonly Column[], rows: Cell[][]): void {
  const lines = table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  terminal.out(`${lines.join('\n')}\n`);
}
