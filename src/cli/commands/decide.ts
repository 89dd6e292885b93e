import { resolve } from 'node:path';
import { parseRequestId } from '../../domain/ids/request-id.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { JsonValue } from '../../domain/json.ts';
import { lineOf, readCall } from '../../domain/tools/canonical-call.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { answeredText, chooseAnswer, type ChosenAnswer, type Waiting } from '../../client/control/choose-waiting.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { findApproval, whatWaits } from '../../client/control/decide.ts';
import { blockersOf } from '../../client/control/earlier-decisions.ts';
import type { Session } from '../../client/connection/session.ts';
import type { Run } from '../../client/run.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { plural } from '../../domain/format.ts';
import { readUserFile } from '../../host/user-file.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { parseCount } from '../options/run-options.ts';
import { whoIs } from '../options/who.ts';
import { withLiveRun } from '../work/live-run.ts';

interface DecideOptions {
  as?: string;
  by?: string;
  comment?: string;
  edit?: string;
  seen?: string;
  json?: boolean;
}

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
    if (words.length === 0) throw new UsageError('there is no answer: `gaffer answer RUN [ID] TEXT`.');
    return withLiveRun(context, runId!, async ({ session, run }) => {
      const told = await blockersOf(session.store, run.runKey);
      const waiting = await whatWaits({ ...run, store: session.store });
      const one = chooseAnswer(words, { waiting, told, runId: run.id });
      await giveAnswer(run, one, whoIs(context, options.by));
      const { id, taskId, text } = one;
      const shown = { runId: run.id, id, taskId, text };
      context.terminal.out(options.json ? toJson(shown) : `${safeLine(taskId ?? id)} was told: ${safeLine(text)}\n`);
      return exitCodes.succeeded;
    });
  },
};

async function giveAnswer(run: Run, one: ChosenAnswer, by: string): Promise<void> {
  try {
    await run.answer({ id: one.id, text: one.text, by });
  } catch (error) {
    // The run remembers its people's answers only; what it refuses is told in the words of its events.
    if (!(error instanceof Error) || error.name !== 'RefusedError' || !one.answered) throw error;
    if (one.answered.text !== one.text) throw new UsageError(answeredText(one), { cause: error });
  }
}

async function decide(
  context: CommandContext,
  [runId, wanted]: string[],
  decision: 'approve' | 'reject',
  options: DecideOptions,
): Promise<number> {
  const edit = options.edit === undefined ? undefined : readEdit(context.cwd, options.edit);
  // Who says nothing has seen what was asked at first.
  const seen = options.seen === undefined ? 0 : parseCount(options.seen, '--seen');
  return withLiveRun(context, runId!, async ({ session, run }) => {
    const { id, one } = await findApproval({ ...run, store: session.store, runId: run.id }, wanted);
    checkEdit(one, edit);
    checkRole(one, options.as);
    if (options.as !== undefined) await refuseRole(session, run.id);
    const { decided, missing } = await run[decision]({
      ...{ id, by: whoIs(context, options.by) },
      ...(options.as !== undefined && { role: options.as }),
      ...(options.comment !== undefined && { comment: options.comment }),
      ...(edit !== undefined && { edit }),
      ...(decision === 'approve' && edit === undefined && { seen }),
    });
    const word = decision === 'approve' ? 'approved' : 'rejected';
    const rest = decided ? '' : `; ${plural(missing, 'more approval')} needed`;
    const told = { runId: run.id, id, taskId: one?.taskId ?? null, decision, decided, missing };
    context.terminal.out(options.json ? toJson(told) : `${decidedText({ id, one }, word, edit)}${rest}\n`);
    return exitCodes.succeeded;
  });
}

/** Names what was taken, so that whoever meant something else sees it at once. */
function decidedText({ id, one }: { id: string; one: Waiting | null }, word: string, edit: JsonValue | undefined) {
  const name = safeLine(one?.taskId ?? id);
  if (edit !== undefined) return `${name} was ${word} as you changed it: ${editedText(one, edit)}`;
  return `${name} was ${word}${one?.what ? `: ${safeLine(one.what)}` : ''}`;
}

/** Refuses a decision in a role that cannot be right, and says which is. @throws UsageError */
export function checkRole(one: Waiting | null, role: string | undefined): void {
  const { by = [], escalate } = one?.approval ?? {};
  if (by.length === 0 || by.includes(role ?? '') || escalate?.to.includes(role ?? '')) return;
  const given = role === undefined ? '' : `, not ${safeLine(role)}`;
  const ways = by.map((each) => `--as ${shellWord(each)}`).join(' or ');
  throw new UsageError(
    `${safeLine(one!.what)} is decided in the role ${by.map(safeLine).join(' or ')}${given}: if you have it, add ${ways} (the role, not your name: that is --by).`,
  );
}

/** Who has which role in a run that was started over HTTP, its keys say, and nobody by himself. @throws UsageError */
async function refuseRole({ store }: Session, runId: string): Promise<void> {
  const starter = await store.audit.starterOf(runId);
  if (starter === undefined) return;
  throw new UsageError(
    `--as is not believed here: ${runId} was started over HTTP (by the key ${safeLine(starter)}), so a role is what a key has: \`gaffer keys create --scope approve --role ROLE\`, and decide with that (docs/http.md).`,
  );
}

/** What is approved after a change: the call in one line, as rules see it, or the new prompt. */
function editedText(one: Waiting | null, edit: JsonValue): string {
  if (typeof edit === 'string') return safeLine(preview(edit, 300));
  if (typeof edit !== 'object' || edit === null || Array.isArray(edit)) return safeLine(JSON.stringify(edit));
  // The tool stays as it was: its name begins the line of the old call.
  const [tool = ''] = one?.what.split(' ') ?? [];
  const line = lineOf(readCall(tool, edit, null));
  return safeLine(preview(line === tool ? `${tool} ${JSON.stringify(edit)}` : line, 300));
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
  const isCall = parseRequestId(one.id)?.kind === 'tool';
  if (isCall && !isObject) {
    throw new UsageError(
      `--edit: the call is an object. Give its new input as JSON; it is now: ${safeLine(one.detail)}`,
    );
  }
  if (!isCall && typeof edit !== 'string') {
    throw new UsageError('--edit: give the new prompt as text.');
  }
}
