import { openSession, type Session, type SessionOptions } from '../../client/connection/session.ts';
import { askYesNo } from '../options/ask.ts';
import { sayTo, type CommandContext } from './context.ts';
import { takeSignals, type Interruption } from './interruption.ts';

/** How a command opens its session. */
export interface CommandSession {
  whenAbsent: SessionOptions['whenAbsent'];
  /** Downloads without asking. */
  yes?: boolean | undefined;
  /** Default: to standard error. */
  say?: SessionOptions['say'];
}

/** Does something in a session, which is closed whatever comes of it. @throws StackError, StoreError, UnreachableError */
export async function withSession<Result>(
  context: CommandContext,
  { whenAbsent, yes = false, say = sayTo(context.terminal) }: CommandSession,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { config, terminal } = context;
  const confirmDownload = async (question: string): Promise<boolean> =>
    yes || config.isCi || !terminal.canAsk || (await askYesNo(question));
  const session = await openSession(context, { say, whenAbsent, confirmDownload });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Does something that Ctrl-C ends in good order. */
export async function withSignals<Result>(work: (interruption: Interruption) => Promise<Result>): Promise<Result> {
  const interruption = takeSignals();
  try {
    return await work(interruption);
  } finally {
    interruption.release();
  }
}
