import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from '../../domain/parse-json.ts';
import { findCommand } from '../find-program.ts';
import { writeHomeFile } from '../home-file.ts';
import { tailOf } from '../lines.ts';
import { wordsOf } from '../put-off.ts';
import type { FoundProgram, ResumeFrom, Runner, Session, SessionInput } from '../runner.ts';
import { ResumeError } from '../runner.ts';
import { isObject, textIn } from '../values.ts';
import { connect, openAgentSession } from './acp-connection.ts';
import { AcpSession } from './acp-session.ts';
import { broughtTools, withInput } from './acp-tools.ts';

/** Any agent that speaks version 1 of the Agent Client Protocol over its standard streams. */
export const acpRunner: Runner = {
  kind: 'acp',
  asks: 'deferred',
  takesServers: true,
  tools: broughtTools,
  ownOf: withInput,
  async find(search) {
    const [name = ''] = search.runner.command ?? [];
    const found = findCommand(name, search);
    if (found) return found;
    const isNamed = path.isAbsolute(name);
    return {
      missing: `the program ${name || '(none named)'} is not ${isNamed ? 'there, or may not be run' : 'in PATH: install it'}`,
    };
  },
  start: (program, session) => open(program, session, null),
  async resume(program, session, from) {
    const agentSession = await knownSession(session);
    if (agentSession === null) throw new ResumeError(`nothing is known of a session ${session.sessionId}`);
    return open(program, session, { from, agentSession });
  },
};

async function open(
  program: FoundProgram,
  session: SessionInput,
  before: { from: ResumeFrom; agentSession: string } | null,
): Promise<Session> {
  const { system, prompt, maxTurns, permissions, runner } = session;
  const process = await session.launch({
    argv: [...program.argv, ...(runner.command ?? []).slice(1)],
    env: environmentOf(session),
    reads: program.reads,
  });
  process.stdin.on('error', () => undefined);
  const { decides } = permissions;
  const acp = new AcpSession(process, tailOf(process.stderr), { decides, maxTurns, from: before?.from ?? null });
  try {
    const agent = await connect(process, acp);
    const id = await openAgentSession(agent, session, before?.agentSession ?? null);
    await writeHomeFile(session.home, fileOf(session), JSON.stringify({ id }));
    // The protocol has no place of its own for an agent's instructions.
    const texts = before ? [wordsOf(before.from)] : [system, prompt].filter((text) => text !== '');
    acp.work(agent, id, texts).catch((error: unknown) => acp.events.close(error));
  } catch (error) {
    await process.stop();
    throw error;
  }
  return {
    events: acp.events.read(),
    answer: (id, decision) => acp.answer(id, decision),
    send: async (text) => acp.say(text),
    stop: () => process.stop(),
  };
}

// Agents ask their providers themselves: these are the names that most of them know the way by.
function environmentOf({ baseUrl, token, model }: SessionInput): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: token,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_SMALL_FAST_MODEL: model,
    OPENAI_BASE_URL: `${baseUrl}/v1`,
    OPENAI_API_KEY: token,
    OPENAI_MODEL: model,
    // One owner of retries: the gateway.
    CLAUDE_CODE_MAX_RETRIES: '0',
    API_TIMEOUT_MS: String(60 * 60 * 1000),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // A paid call after each turn, for nobody.
    CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}

function fileOf({ sessionId }: SessionInput): string {
  return `acp-${sessionId}.json`;
}

/** The agent's own name of a session, which it chose. */
async function knownSession(session: SessionInput): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(path.join(session.home, fileOf(session)), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const value = parseJson(text);
  return isObject(value) ? textIn(value['id']) : null;
}
