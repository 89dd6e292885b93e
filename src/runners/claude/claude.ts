import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { findForeign } from '../find-program.ts';
import { writeHomeFile } from '../home-file.ts';
import type { FoundProgram, Runner, Session, SessionInput } from '../runner.ts';
import { ResumeError } from '../runner.ts';
import { openSession } from '../session.ts';
import { claudeArguments, claudeEnvironment, mcpConfig } from './claude-arguments.ts';
import { ClaudeProtocol } from './claude-protocol.ts';
import { broughtTools, toOwnCall } from './claude-tools.ts';

/** Claude Code, by its streams of JSON. */
export const claudeRunner: Runner = {
  kind: 'claude',
  asks: 'deferred',
  takesServers: true,
  narrows: true,
  tools: broughtTools,
  ownOf: ({ tool }, input) => toOwnCall(tool, input),
  async find(search) {
    const missing = 'the program claude is not in PATH: install @anthropic-ai/claude-code';
    return findForeign('claude', search) ?? { missing };
  },
  async start(program, session) {
    const protocol = new ClaudeProtocol({ decides: session.permissions.decides });
    return open(program, session, { protocol, isResumed: false, say: session.prompt });
  },
  async resume(program, session, from) {
    if (!(await hasTranscript(session))) throw new ResumeError(`claude has no session ${session.sessionId} any more`);
    const protocol = new ClaudeProtocol({ decides: session.permissions.decides });
    return open(program, session, { protocol, isResumed: true, say: from.kind === 'prompt' ? from.prompt : null });
  },
};

interface Opening {
  protocol: ClaudeProtocol;
  isResumed: boolean;
  /** null: it goes on by itself with the call that was put off. */
  say: string | null;
}

async function open(
  program: FoundProgram,
  session: SessionInput,
  { protocol, isResumed, say }: Opening,
): Promise<Session> {
  const files = await writeFiles(session);
  const process = await session.launch({
    argv: [...program.argv, ...claudeArguments(session, files, isResumed)],
    env: claudeEnvironment(session),
    reads: program.reads,
  });
  return openSession(process, protocol, [protocol.greeting, ...(say === null ? [] : [protocol.say(say)])]);
}

async function writeFiles({ home, system, mcp }: SessionInput): Promise<{ system: string; mcp: string | null }> {
  return {
    system: await writeHomeFile(home, 'system.md', system),
    mcp: mcp.length === 0 ? null : await writeHomeFile(home, 'mcp.json', JSON.stringify(mcpConfig(mcp))),
  };
}

// Where the program keeps sessions: one folder a project, one file a session.
async function hasTranscript({ home, sessionId }: SessionInput): Promise<boolean> {
  const projects = path.join(home, '.claude', 'projects');
  try {
    const folders = await readdir(projects);
    const files = await Promise.all(folders.map((folder) => readdir(path.join(projects, folder))));
    return files.flat().includes(`${sessionId}.jsonl`);
  } catch {
    return false;
  }
}
