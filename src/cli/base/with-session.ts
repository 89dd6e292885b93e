import { openSession, type Session, type SessionOptions } from '../../client/connection/session.ts';
import { askYesNo } from '../options/ask.ts';
import { sayTo, type CommandContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { takeSignals, type Interruption } from './interruption.ts';

/** How a command opens its session. */
export interface CommandSession {
  whenAbsent: SessionOptions['whenAbsent'];
  /** See {@link SessionOptions}. */
  needsHome?: boolean;
  /** Downloads without asking. */
  yes?: boolean | undefined;
  /** Default: to standard error. */
  say?: SessionOptions['say'];
}

/** Does something in a session, which is closed whatever comes of it. @throws StackError, StoreError, UnreachableError */
export async function withSession<Result>(
  context: CommandContext,
  { whenAbsent, needsHome = false, yes = false, say = sayTo(context) }: CommandSession,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { config, terminal } = context;
  const confirmDownload = async (question: string): Promise<boolean> =>
    yes || config.isCi || !terminal.canAsk || (await askYesNo(question));
  const session = await openSession(context, {
    ...{ say, whenAbsent, needsHome, confirmDownload },
    ownsProcess: true,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/**
 * Reads what is stored: starts no Temporal, and makes nothing.
 *
 * @param orNothing says so where nothing ever ran; without it that is an error
 *
 * @throws NothingHereError, StackError, StoreError
 */
export async function reading(
  context: CommandContext,
  work: (session: Session) => Promise<void> | void,
  orNothing?: () => void,
): Promise<number> {
  try {
    await withSession(context, { whenAbsent: 'read' }, async (session) => work(session));
  } catch (error) {
    if (!orNothing || !(error instanceof Error) || error.name !== 'NothingHereError') throw error;
    orNothing();
  }
  return exitCodes.succeeded;
}

/** Does something that Ctrl-C ends in good order; the last line says how it goes on. */
export async function withSignals<Result>(
  { terminal }: CommandContext,
  work: (interruption: Interruption) => Promise<Result>,
  options: { staysOnHangup?: boolean } = {},
): Promise<Result> {
  const interruption = takeSignals(options);
  try {
    return await work(interruption);
  } finally {
    if (interruption.lastWords !== null) terminal.err(`${interruption.lastWords}\n`);
    interruption.lastWords = null;
    interruption.release();
  }
}
