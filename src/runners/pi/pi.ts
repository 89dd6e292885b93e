import { access } from 'node:fs/promises';
import path from 'node:path';
import { findForeign } from '../find-program.ts';
import { wordsOf } from '../put-off.ts';
import type { FoundProgram, ResumeFrom, Runner, Session, SessionInput } from '../runner.ts';
import { ResumeError } from '../runner.ts';
import { openSession } from '../session.ts';
import { provider, tokenVariable, writeFiles } from './pi-files.ts';
import { PiProtocol } from './pi-protocol.ts';
import { broughtTools, foreignTools, toOwnCall } from './pi-tools.ts';

/** pi, by its streams of JSON, both ways. */
export const piRunner: Runner = {
  kind: 'pi',
  asks: 'deferred',
  takesServers: false,
  narrows: true,
  tools: broughtTools,
  ownOf: ({ tool }, input) => toOwnCall(tool, input),
  async find(search) {
    return (
      findForeign('pi', search) ?? { missing: 'the program pi is not in PATH: install @mariozechner/pi-coding-agent' }
    );
  },
  async start(program, session) {
    return open(program, session, null);
  },
  async resume(program, session, from) {
    const hasFile = await access(fileOf(session)).then(
      () => true,
      () => false,
    );
    if (!hasFile) throw new ResumeError(`pi has no session ${session.sessionId} any more`);
    return open(program, session, from);
  },
};

function fileOf({ home, sessionId }: SessionInput): string {
  return path.join(home, `pi-${sessionId}.jsonl`);
}

async function open(program: FoundProgram, session: SessionInput, from: ResumeFrom | null): Promise<Session> {
  const { model, maxTurns, permissions, token, prompt } = session;
  const files = await writeFiles(session);
  const tools = foreignTools(permissions.tools);
  const protocol = new PiProtocol({ maxTurns, from });
  const process = await session.launch({
    argv: [
      ...[...program.argv, '--mode', 'rpc', '--session', fileOf(session), '--provider', provider, '--model', model],
      // Text that names a file is read from it: arguments are seen by every process.
      ...[
        '--append-system-prompt',
        files.system,
        ...(tools.length > 0 ? ['--tools', tools.join(',')] : ['--no-tools']),
      ],
      // Extensions are code that runs beside the rules: a project's are not loaded.
      ...['--no-extensions', ...(permissions.decides ? ['--extension', files.extension] : [])],
    ],
    env: { PI_OFFLINE: '1', PI_TELEMETRY: '0', [tokenVariable]: token },
    reads: program.reads,
  });
  return openSession(process, protocol, [protocol.prompt(from ? wordsOf(from) : prompt)]);
}
