import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { findForeign } from '../find-program.ts';
import { wordsOf } from '../put-off.ts';
import type { FoundProgram, Runner, Session, SessionInput } from '../runner.ts';
import { ResumeError } from '../runner.ts';
import { openSession } from '../session.ts';
import { codexFolder, tokenVariable, writeFiles } from './codex-files.ts';
import { CodexProtocol } from './codex-protocol.ts';
import { broughtTools } from './codex-tools.ts';

/** Codex, by the story that `codex exec --json` tells. */
export const codexRunner: Runner = {
  kind: 'codex',
  asks: 'never',
  takesServers: true,
  tools: broughtTools,
  ownOf: ({ own }) => own,
  async find(search) {
    return findForeign('codex', search) ?? { missing: 'the program codex is not in PATH: install @openai/codex' };
  },
  async start(program, session) {
    // A session that is begun anew knows nothing of the one before: the newest conversation is always its own.
    await rm(path.join(session.home, codexFolder), { recursive: true, force: true });
    return open(program, session, { order: ['exec'], say: session.prompt });
  },
  async resume(program, session, from) {
    if (!(await hasConversation(session))) throw new ResumeError(`codex has no session ${session.sessionId} any more`);
    return open(program, session, { order: ['exec', 'resume', '--last', '--all'], say: wordsOf(from) });
  },
};

async function open(
  program: FoundProgram,
  session: SessionInput,
  { order, say }: { order: string[]; say: string },
): Promise<Session> {
  const { home, maxTurns, token } = session;
  const { schema } = await writeFiles(session);
  const process = await session.launch({
    argv: [
      ...[...program.argv, ...order, '--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
      ...(schema === null ? [] : ['--output-schema', schema]),
      // The prompt comes by its input: arguments are seen by every process.
      '-',
    ],
    env: { CODEX_HOME: path.join(home, codexFolder), [tokenVariable]: token },
    reads: program.reads,
  });
  const protocol = new CodexProtocol({ maxTurns, wantsOutput: schema !== null });
  process.stdin.on('error', () => undefined);
  process.stdin.write(say);
  return openSession(process, protocol, null);
}

async function hasConversation(session: SessionInput): Promise<boolean> {
  const sessions = path.join(session.home, codexFolder, 'sessions');
  try {
    const files = await readdir(sessions, { recursive: true });
    return files.some((file) => file.endsWith('.jsonl'));
  } catch {
    return false;
  }
}
