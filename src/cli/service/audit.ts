import { formatCount, formatDate } from '../../domain/format.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';
import { parseCount } from '../options/run-options.ts';
import { table, type Column } from '../show/table.ts';

interface AuditOptions {
  run?: string;
  tenant?: string;
  limit?: string;
  verify?: boolean;
  json?: boolean;
}

const columns: readonly Column[] = [
  { title: 'No', align: 'right' },
  { title: 'When' },
  { title: 'Who', flexible: 8 },
  { title: 'Key', isId: true, drop: 2 },
  { title: 'Tenant', drop: 3 },
  { title: 'What', flexible: 20 },
  { title: 'Run', flexible: 8, isId: true, drop: 1 },
  { title: 'Result' },
];

/** `gaffer audit`: who did what through the service, newest first; `--verify`: whether nothing of it was changed. */
export function execute(context: CommandContext, _args: string[], options: AuditOptions): Promise<number> {
  const { terminal } = context;
  return withSession(context, { whenAbsent: 'read' }, async ({ store }) => {
    if (options.verify) {
      const check = await store.audit.verify();
      const holds = `${formatCount(check.rows)} rows, unchanged up to ${check.head ?? 'none'}`;
      const line = check.brokenAt === null ? holds : `row ${check.brokenAt} is not what it was, or not where it was`;
      terminal.out(options.json ? toJson(check) : `${line}\n`);
      return check.brokenAt === null ? exitCodes.succeeded : exitCodes.failed;
    }
    const { run: runId, tenant } = options;
    const limit = parseCount(options.limit ?? '50', '--limit');
    const rows = await store.audit.list({ limit, ...(runId !== undefined && { runId }), ...(tenant && { tenant }) });
    const cells = rows.map(({ no, at, keyName, keyId, tenant: whose, action, runId: run, result }) => [
      String(no),
      formatDate(at),
      keyName,
      keyId ?? '',
      whose,
      action,
      run ?? '',
      result,
    ]);
    const sizes = { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim };
    if (options.json) terminal.out(toJson(rows));
    else if (rows.length > 0) terminal.out(`${table(columns, cells, sizes).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}
