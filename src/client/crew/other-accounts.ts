import type { Config } from '../../config/config.ts';
import { addressVariable, keyVariable } from '../../domain/money/provider-variables.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import { differenceOf, type AccountsPrint } from './accounts-print.ts';
import { findLocalWorker } from './worker-files.ts';

/** Variable in which the accounts of a worker differ from those of this command; null: none, or the worker has none. */
export function otherSetting({ accounts }: Pick<Config, 'accounts'>, noted: AccountsPrint | undefined): string | null {
  const other = noted ? differenceOf(noted, accounts) : null;
  if (!other) return null;
  return other.in === 'key' ? keyVariable(other.provider) : addressVariable(other.provider);
}

/** That the worker of this home which works on a run asks models as somebody else than this command would, with the way out; null: it does not. */
export async function otherAccountsNote(
  { home, config }: Pick<Session, 'home' | 'config'>,
  { runId, launch }: Pick<RunRow, 'runId' | 'launch'>,
): Promise<string | null> {
  const worker = launch && (await findLocalWorker(home, launch.taskQueue));
  if (!worker || worker.process.pid === process.pid) return null;
  const setting = otherSetting(config, worker.accounts);
  if (setting === null) return null;
  const end = worker.role === 'dev' ? '`gaffer down`' : `Ctrl-C in process ${worker.process.pid}`;
  return `The worker that works on it has another ${setting} than this command, and goes on with that one: ${end} ends it, then \`gaffer watch ${runId}\` goes on with this command's.`;
}
