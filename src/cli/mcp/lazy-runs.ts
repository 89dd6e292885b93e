import { openSession, type Session } from '../../client/connection/session.ts';
import { createRuns } from '../../client/create-runs.ts';
import type { Runs } from '../../client/runs.ts';
import { sayTo, type CommandContext } from '../base/context.ts';
import { ensureResident, isElsewhere } from '../work/resident.ts';

/** The runs of a folder, connected to when they are first asked for: an assistant starts its servers long before it needs them. */
export interface LazyRuns {
  /** @throws UnreachableError, UsageError; asked again after that, it tries again */
  open: () => Promise<Runs>;
  close: () => Promise<void>;
}

/** A background stack does the work, so that runs outlive the assistant. */
export function lazyRuns(context: CommandContext): LazyRuns {
  let opened: Promise<Session> | undefined;
  const open = async (): Promise<Session> => {
    await ensureResident(context, { unsandboxedShell: false, tools: [] });
    const whenAbsent = isElsewhere(context) ? 'fail' : 'start';
    const how = { whenAbsent, workOutlives: true, confirmDownload: async () => true } as const;
    return openSession(context, { say: sayTo(context), ...how });
  };
  return {
    async open() {
      opened ??= open();
      try {
        return createRuns(await opened);
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
