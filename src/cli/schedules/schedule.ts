import { createSchedules } from '../../client/schedules/create-schedules.ts';
import type { ScheduleEntry } from '../../client/schedules/schedules.ts';
import { preview } from '../../domain/fingerprint.ts';
import { formatDate, formatLimit } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

interface VerbOptions {
  json?: boolean;
  reason?: string;
}

type Work = (schedules: ReturnType<typeof createSchedules>) => Promise<number>;

// Schedules are Temporal's: they are there where it runs. Where it starts, it makes up for what was missed: only what stops that starts it.
function withSchedules(context: CommandContext, work: Work, whenAbsent: 'fail' | 'start' = 'fail'): Promise<number> {
  return withSession(context, { whenAbsent, needsHome: true }, (session) => work(createSchedules(session)));
}

const columns: readonly Column[] = [
  { title: 'Schedule', flexible: 12, isId: true },
  { title: 'Workflow', drop: 4 },
  { title: 'When' },
  { title: 'Time zone', drop: 3 },
  { title: 'Next (here)' },
  { title: 'Latest run', drop: 2, isId: true },
  { title: 'Runs', align: 'right', drop: 1 },
];

/** `gaffer schedule list`. */
export const list = {
  execute: (context: CommandContext, _args: string[], { json }: VerbOptions): Promise<number> =>
    withSchedules(context, async (schedules) => {
      const { terminal } = context;
      const all = await schedules.list();
      if (json) terminal.out(toJson(all));
      else if (all.length === 0)
        terminal.err('No schedules: `gaffer schedule add NAME FILE --cron "0 * * * *"` adds one.\n');
      else {
        const sizes = { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim };
        terminal.out(`${table(columns, all.map(toCells), sizes).join('\n')}\n`);
      }
      return exitCodes.succeeded;
    }),
};

function toCells({ name, workflow, cron, timeZone, next, recent, counts, paused, note }: ScheduleEntry): Cell[] {
  const [first] = next;
  const why = note === '' ? '' : `: ${preview(safeLine(note), 30)}`;
  const when = paused ? `paused${why}` : first === undefined ? 'never' : formatDate(first);
  return [name, workflow, cron, timeZone, when, recent[0]?.run ?? '', String(counts.started)];
}

/** `gaffer schedule show NAME`. */
export const show = {
  execute: (context: CommandContext, [name]: string[], { json }: VerbOptions): Promise<number> =>
    withSchedules(context, async (schedules) => {
      const entry = await schedules.find(name!);
      context.terminal.out(json ? toJson(entry) : `${entryLines(entry).join('\n')}\n`);
      return exitCodes.succeeded;
    }),
};

function entryLines(entry: ScheduleEntry): string[] {
  const { counts, recent, running, jitterMs } = entry;
  const jitter = jitterMs === 0 ? '' : `; put off by up to ${formatLimit(jitterMs)}`;
  return [
    `${safeLine(entry.name)}: ${safeLine(entry.workflow)} at ${safeLine(entry.cron)} (${safeLine(entry.timeZone)})`,
    `Next:      ${nextWords(entry)}`,
    `Overlap:   ${entry.overlap}; made up for within ${formatLimit(entry.catchUpMs)}${jitter}`,
    `Priority:  ${entry.priority}`,
    `Workspace: ${safeLine(entry.workspace)}`,
    `Runs:      ${counts.started} started, ${counts.skipped} left out as one went on, ${counts.missed} missed`,
    ...recent.map(({ run }) => `           ${safeLine(run)}${running.includes(run) ? ' (goes on)' : ''}`),
  ];
}

// Times are told as this machine's clock shows them, which need not be the schedule's.
function nextWords({ next, paused, note, timeZone }: ScheduleEntry): string {
  if (paused) return `none, as it is paused${note === '' ? '' : `: ${safeLine(note)}`}`;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${next.slice(0, 3).map(formatDate).join(', ')}${here === timeZone ? '' : ` (${here})`}`;
}

/** `gaffer schedule pause NAME`. */
export const pause = {
  execute: (context: CommandContext, [name]: string[], { reason, json }: VerbOptions): Promise<number> =>
    withSchedules(
      context,
      async (schedules) => {
        await schedules.pause(name!, reason);
        return tell(context, json, { schedule: name!, paused: true }, `${name} is paused: it starts no more runs`);
      },
      'start',
    ),
};

/** `gaffer schedule resume NAME`. */
export const resume = {
  execute: (context: CommandContext, [name]: string[], { reason, json }: VerbOptions): Promise<number> =>
    withSchedules(context, async (schedules) => {
      await schedules.resume(name!, reason);
      const [next] = (await schedules.find(name!)).next;
      const line = `${name} goes on${next === undefined ? '' : `: next ${formatDate(next)}`}`;
      return tell(context, json, { schedule: name!, paused: false }, line);
    }),
};

/** `gaffer schedule trigger NAME`. */
export const trigger = {
  execute: (context: CommandContext, [name]: string[], { json }: VerbOptions): Promise<number> =>
    withSchedules(context, async (schedules) => {
      const run = await schedules.trigger(name!);
      context.terminal.err(`Started. \`gaffer watch ${run}\` shows it.\n`);
      return tell(context, json, { schedule: name!, runId: run }, run);
    }),
};

/** `gaffer schedule rm NAME`. */
export const remove = {
  execute: (context: CommandContext, [name]: string[], { json }: VerbOptions): Promise<number> =>
    withSchedules(
      context,
      async (schedules) => {
        await schedules.remove(name!);
        return tell(context, json, { removed: name! }, `${name} is removed; its runs stay`);
      },
      'start',
    ),
};

function tell({ terminal }: CommandContext, json: boolean | undefined, values: object, line: string): number {
  terminal.out(json ? toJson(values) : `${safeLine(line)}\n`);
  return exitCodes.succeeded;
}
