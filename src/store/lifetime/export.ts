import type { JsonValue } from '../../domain/json.ts';
import type { RunRow } from '../store.ts';
import type { Sql } from '../database/sql.ts';

/*
 * X1 One line per row, in the order of `sections`, so that a run of any size goes through a few hundred rows of memory.
 * X2 All of it is one moment: one read-only transaction on one snapshot, also while the run goes on.
 * X3 What belongs to a run is asked of the database (every table with a `run_no`), so that no new table is forgotten.
 * X4 Left out: who holds what (`owner`, `holder`), which means nothing elsewhere.
 */

/** A line of an export: the first says what it is, the others are rows, columns in camel case, money in billionths of a US dollar (`…Nano`). */
export type ExportLine = { format: 'gaffer-run'; version: number } | { table: string; row: Record<string, JsonValue> };

/** Version of the format: raised when a reader has to know of a change. */
const exportVersion = 1;

const pageSize = 200;
const secretColumns = ['owner', 'holder', 'run_no', 'token_hash', 'gateway'];
/** What readers want first; whatever else belongs to the run follows by name. */
const firstTables = ['events', 'tasks', 'contexts', 'messages', 'journal'];
const issueTables = ['issues', 'issue_dependencies', 'issue_comments'];

/**
 * Everything that the store knows of a run, row by row: the run itself, its plan, then every table's, its issues last.
 *
 * To be called inside a transaction of its own, before anything else in it.
 */
export async function* exportRun(sql: Sql, runKey: string): AsyncGenerator<ExportLine> {
  await sql.query('set transaction isolation level repeatable read, read only'); // X2
  const { rows } = await sql.query<RunData>(
    `select r.no, r.board, r.run_id as "runId", row_to_json(r) as run, p.plan, p.hash
     from runs r join plans p on p.hash = r.plan_hash where r.run_key = $1`,
    [runKey],
  );
  const found = rows[0];
  if (!found) return;
  yield { format: 'gaffer-run', version: exportVersion };
  yield toLine('runs', found.run);
  yield { table: 'plans', row: { hash: found.hash, plan: found.plan } };
  for (const table of await tablesOfRuns(sql)) {
    yield* readTable(sql, table, 'run_no = $1', [found.no]);
  }
  for (const table of issueTables) yield* readIssues(sql, table, found);
}

interface RunData extends Pick<RunRow, 'board' | 'runId'> {
  no: number;
  run: Record<string, JsonValue>;
  plan: JsonValue;
  hash: string;
}

// X3
async function tablesOfRuns(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `select c.relname as name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'run_no' and not a.attisdropped
     where c.relkind = 'r' and c.relnamespace = (select relnamespace from pg_class where oid = 'runs'::regclass) order by 1`,
  );
  const names = rows.map(({ name }) => name);
  return [
    ...firstTables.filter((name) => names.includes(name)),
    ...names.filter((name) => !firstTables.includes(name)),
  ];
}

// A board of its own belongs to the run; on a shared one, what the run made or took.
async function* readIssues(sql: Sql, table: string, { board, runId, run }: RunData): AsyncGenerator<ExportLine> {
  if (board === runId) return yield* readTable(sql, table, 'board = $1', [board]);
  const mine = `select number from issues where board = $1 and $2 in (created_by_run, assignee_run)`;
  yield* readTable(sql, table, `board = $1 and number in (${mine})`, [board, run['run_key']]);
}

/** A table's rows in the order of its primary key, a page at a time. Names are the database's own. */
async function* readTable(sql: Sql, table: string, where: string, values: unknown[]): AsyncGenerator<ExportLine> {
  const { columns, key } = await describeTable(sql, table);
  const cursor = `gaffer_export_${table}`;
  const select = `select row_to_json(line) as row from (select ${columns} from ${table} where ${where} order by ${key}) line`;
  await sql.query(`declare ${cursor} no scroll cursor for ${select}`, values);
  for (;;) {
    const { rows } = await sql.query<{ row: Record<string, JsonValue> }>(`fetch ${pageSize} from ${cursor}`);
    for (const { row } of rows) yield toLine(table, row);
    if (rows.length < pageSize) break;
  }
  await sql.query(`close ${cursor}`);
}

async function describeTable(sql: Sql, table: string): Promise<{ columns: string; key: string }> {
  const { rows } = await sql.query<{ name: string; place: number | null }>(
    `select quote_ident(a.attname) as name, array_position(i.indkey::int2[], a.attnum) as place
     from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  const shown = rows.filter(({ name }) => !secretColumns.includes(name)); // X4
  const key = rows.filter(({ place }) => place !== null).toSorted((a, b) => a.place! - b.place!);
  return { columns: shown.map(({ name }) => name).join(', '), key: key.map(({ name }) => name).join(', ') };
}

function toLine(table: string, row: Record<string, JsonValue>): ExportLine {
  return { table, row: Object.fromEntries(Object.entries(row).map(([name, value]) => [toCamelCase(name), value])) };
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
