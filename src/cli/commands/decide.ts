import { resolve } from 'node:path';
import type { WaitingAnswer } from '../../contracts/control.ts';
import type { JsonValue } from '../../domain/json.ts';
import { attentionText, shellWord } from '../attention-lines.ts';
import { toJson, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../fail.ts';
import { plural } from '../format.ts';
import { readUserFile } from '../run-options.ts';
import { safeLine } from '../safe-text.ts';
import { whoIs } from '../who.ts';
import { withLiveRun, type LiveRun } from '../work-on.ts';

interface DecideOptions {
  as?: string;
  by?: string;
  comment?: string;
  edit?: string;
  json?: boolean;
}

type Waiting = WaitingAnswer[number];

/** `gaffer approve RUN [ID]`. */
export const approve = {
  execute: (context: CommandContext, args: string[], options: DecideOptions) =>
    decide(context, args, 'approve', options),
};

/** `gaffer reject RUN [ID]`. */
export const reject = {
  execute: (context: CommandContext, args: string[], options: DecideOptions) =>
    decide(context, args, 'reject', options),
};

/** `gaffer answer RUN [ID] TEXT`: the answer to a blocker. */
export const answer = {
  execute(context: CommandContext, [runId, ...words]: string[], options: { by?: string; json?: boolean }) {
    if (words.length === 0) throw new UsageError('there is no answer: gaffer answer RUN [ID] TEXT.');
    return withLiveRun(context, runId!, async (run) => {
      const waiting = await waitingIn(run);
      // Without quotes an answer is several words, too: the first is an id only if something waits as that.
      const isId = words.length > 1 && matching(waiting, 'blocker', words[0]!).length > 0;
      // A word that names something else that waits is hardly the beginning of an answer.
      if (!isId && words.length > 1 && waiting.some(({ id, taskId }) => id === words[0] || taskId === words[0])) {
        choose(waiting, 'blocker', words[0], run.row.runId);
      }
      const one = choose(waiting, 'blocker', isId ? words[0] : undefined, run.row.runId);
      const text = words.slice(isId ? 1 : 0).join(' ');
      await run.handle.answer({ id: one.id, text, by: whoIs(context, options.by) });
      const told = { runId: run.row.runId, id: one.id, taskId: one.taskId };
      context.terminal.out(options.json ? toJson(told) : `answered ${safeLine(one.taskId ?? one.id)}: it goes on\n`);
      return exitCodes.succeeded;
    });
  },
};

async function decide(
  context: CommandContext,
  [runId, id]: string[],
  decision: 'approve' | 'reject',
  options: DecideOptions,
): Promise<number> {
  const edit = options.edit === undefined ? undefined : readEdit(context.cwd, options.edit);
  return withLiveRun(context, runId!, async (run) => {
    const waiting = await waitingIn(run);
    // An id that waits no more is put to the run all the same: it says who decided, and when.
    const isKnown = id === undefined || matching(waiting, 'approval', id).length > 0;
    const one = isKnown ? choose(waiting, 'approval', id, run.row.runId) : null;
    checkEdit(one, edit);
    checkRole(one, options.as);
    // Where nothing was ever asked as that, `choose` says what waits instead.
    const name = one?.id ?? (await decidedBefore(run, id!)) ?? choose(waiting, 'approval', id, run.row.runId).id;
    const { decided, missing } = await run.handle.approve({
      ...{ id: name, decision, by: whoIs(context, options.by) },
      ...(options.as !== undefined && { role: options.as }),
      ...(options.comment !== undefined && { comment: options.comment }),
      ...(edit !== undefined && { edit }),
    });
    const word = decision === 'approve' ? 'approved' : 'rejected';
    const rest = decided ? '' : `; ${plural(missing, 'more approval')} needed`;
    const told = { runId: run.row.runId, id: name, decision, decided, missing };
    context.terminal.out(options.json ? toJson(told) : `${word} ${safeLine(one?.what || name)}${rest}\n`);
    return exitCodes.succeeded;
  });
}

const waitingIn = async ({ handle }: LiveRun): Promise<Waiting[]> => handle.waiting();

/** The newest approval of that id or task, waiting or not; undefined: there never was one. */
async function decidedBefore({ session, row }: LiveRun, wanted: string): Promise<string | undefined> {
  let found: string | undefined;
  for (let after = 0; ;) {
    const events = await session.store.events.list(row.runKey, after);
    for (const event of events) {
      if (event.type !== 'approval:requested') continue;
      if (event.approvalId === wanted || event.taskId === wanted) found = event.approvalId;
    }
    if (events.length === 0) return found;
    after = events.at(-1)!.seq;
  }
}

function matching(waiting: readonly Waiting[], cause: Waiting['cause'], wanted: string): Waiting[] {
  const kin = waiting.filter((one) => one.cause === cause);
  const exact = kin.filter((one) => one.id === wanted);
  if (exact.length > 0) return exact;
  const ofTask = kin.filter((one) => one.taskId === wanted);
  return ofTask.length > 0 ? ofTask : kin.filter((one) => one.id.includes(wanted));
}

/** The one that is meant: by id, by task, by a part of the id; without any, the only one. @throws UsageError */
export function choose(
  waiting: readonly Waiting[],
  cause: 'approval' | 'blocker',
  wanted: string | undefined,
  runId: string,
): Waiting {
  const found = wanted === undefined ? waiting.filter((one) => one.cause === cause) : matching(waiting, cause, wanted);
  if (found.length === 1) return found[0]!;
  const what = cause === 'approval' ? 'approval' : 'answer';
  if (found.length === 0) {
    const other = waiting.find((one) => one.cause !== cause);
    const hint = other ? ` What waits: ${attentionText(toShown(other))}.` : ` Nothing of ${runId} waits for a person.`;
    throw new UsageError(`no ${what} is waited for${wanted === undefined ? '' : ` as "${wanted}"`}.${hint}`);
  }
  const list = found.map((one) => `  ${one.id}  ${attentionText(toShown(one))}`);
  throw new UsageError(`several wait for an ${what}: name one of\n${list.join('\n')}`);
}

/** Refuses a decision in a role that cannot be right, and says which is. @throws UsageError */
export function checkRole(one: Waiting | null, role: string | undefined): void {
  const { by = [], escalate } = one?.approval ?? {};
  if (by.length === 0 || by.includes(role ?? '') || escalate?.to.includes(role ?? '')) return;
  const given = role === undefined ? '' : `, not by ${safeLine(role)}`;
  const ways = by.map((each) => `--as ${shellWord(each)}`).join(' or ');
  throw new UsageError(
    `${safeLine(one!.what)} is decided by ${by.map(safeLine).join(' or ')}${given}: say so with ${ways}.`,
  );
}

function toShown(one: Waiting) {
  return { ...one, asks: one.approval?.by ?? [] };
}

function readEdit(cwd: string, given: string): JsonValue {
  const text = given.startsWith('@') ? readUserFile(resolve(cwd, given.slice(1))) : given;
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' && value !== null ? value : text;
  } catch {
    return text;
  }
}

// What cannot be used is refused here: the call must not run as it was after somebody changed it.
function checkEdit(one: Waiting | null, edit: JsonValue | undefined): void {
  if (edit === undefined || one === null) return;
  const isObject = typeof edit === 'object' && edit !== null && !Array.isArray(edit);
  if (one.id.startsWith('tool/') && !isObject) {
    throw new UsageError(
      `--edit: the call is an object. Give its new input as JSON; it is now: ${safeLine(one.detail)}`,
    );
  }
  if (!one.id.startsWith('tool/') && typeof edit !== 'string') {
    throw new UsageError('--edit: give the new prompt as text.');
  }
}
