import path from 'node:path';
import { lastWords } from '../../domain/merge/last-words.ts';
import { findCommand } from '../find-program.ts';
import { writeHomeFile } from '../home-file.ts';
import { tailOf } from '../lines.ts';
import { isKilled } from '../session.ts';
import type {
  FoundProgram,
  Runner,
  RunnerEvent,
  RunnerSearch,
  Session,
  SessionEnd,
  SessionInput,
  SessionProcess,
} from '../runner.ts';

/** Longest argument that Linux takes, in bytes. */
const longestArgument = 131_071;

/** How much of its output is its answer, in characters: the end. */
const longestAnswer = 20_000;

/**
 * Any program that does a task in a folder and ends: its exit code says whether it takes itself for done, its output is what it says, and
 * the files are what it did. It has no memory: told something more, it begins again, with its work as it stands.
 */
export const commandRunner: Runner = {
  kind: 'command',
  asks: 'never',
  isSilent: true,
  takesServers: false,
  tools: ['bash', 'filesystem', 'web'],
  ownOf: ({ own }) => own,
  find: async (search) => find(search),
  start: (program, session) => run(program, session, session.prompt),
  resume: (program, session, from) => {
    const more = from.kind === 'prompt' ? from.prompt : '';
    return run(
      program,
      session,
      `${session.prompt}\n\n[You have begun; your work so far stands in the folder.]\n${more}`,
    );
  },
};

function find({ runner, ...search }: RunnerSearch): FoundProgram | { missing: string } {
  const [name] = runner.command ?? [];
  if (name === undefined) return { missing: 'its runner is `command`, and it names no `command`' };
  const found = findCommand(name, search);
  if (found) return found;
  const where = path.isAbsolute(name) ? '' : ': it is looked for in PATH, in folders that nobody else can write to';
  return { missing: `the program ${name} of its \`command\` is not there${where}` };
}

async function run(program: FoundProgram, session: SessionInput, prompt: string): Promise<Session> {
  const { runner, model } = session;
  const [, ...template] = runner.command ?? [];
  const promptFile = await writeHomeFile(session.home, 'prompt.md', prompt);
  const isAsked = template.some((word) => /\{prompt(_file)?\}/.test(word));
  const values: Readonly<Record<string, string>> = { prompt, prompt_file: promptFile, model };
  // All at once: what a prompt has in braces stays as it is.
  const words = template.map((word) =>
    word.replace(/\{(prompt|prompt_file|model)\}/g, (_, name: string) => values[name]!),
  );
  const longest = Math.max(0, ...words.map((word) => Buffer.byteLength(word)));
  if (longest > longestArgument) return refused(longest);
  const process = await session.launch({
    argv: [...program.argv, ...words],
    env: environmentOf(session),
    reads: program.reads,
  });
  process.stdin.on('error', () => undefined);
  process.stdin.end(isAsked ? '' : prompt);
  return {
    events: eventsOf(process, { name: path.basename(program.path), prompt }),
    answer: async () => undefined,
    send: async () => false,
    stop: () => process.stop(),
  };
}

/** A session that nothing is started for. */
function refused(bytes: number): Session {
  const reason = `its prompt makes an argument of ${bytes} bytes, and the system takes ${longestArgument}: let its \`command\` name \`{prompt_file}\`, or no prompt, which it then gets on standard input`;
  async function* end(): AsyncGenerator<RunnerEvent> {
    yield { type: 'end', status: 'failed', reason, text: '' };
  }
  return { events: end(), answer: async () => undefined, send: async () => false, stop: async () => undefined };
}

// What clients of both wires look for.
function environmentOf({ baseUrl, token, model }: SessionInput): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: token,
    OPENAI_BASE_URL: `${baseUrl}/v1`,
    OPENAI_API_BASE: `${baseUrl}/v1`,
    OPENAI_API_KEY: token,
    GAFFER_MODEL: model,
  };
}

async function* eventsOf(
  process: SessionProcess,
  { name, prompt }: { name: string; prompt: string },
): AsyncGenerator<RunnerEvent> {
  const said = Promise.all([tailOf(process.stdout, longestAnswer), tailOf(process.stderr)]);
  said.catch(() => undefined);
  try {
    const exit = await process.ended;
    const { exitCode, exitSignal } = exit;
    const [output, errors] = await said;
    const text = output.trim();
    if (text !== '') yield { type: 'text', text };
    const end: Pick<SessionEnd, 'type' | 'text'> = { type: 'end', text: text || '(it wrote nothing)' };
    if (exitCode === 0) return yield { ...end, status: 'finished', reason: `${name} ended with exit code 0` };
    const how = exitSignal === null ? `exit code ${exitCode ?? 'unknown'}` : exitSignal;
    // Whoever reads why it failed knows what it was asked.
    const words = lastWords((errors.trim() || text).replaceAll(prompt.trim(), '(its prompt)'));
    const status = isKilled(exit) ? 'killed' : 'failed';
    yield { ...end, status, reason: `${name} ended with ${how}${words === '' ? '' : `: ${words}`}` };
  } finally {
    await process.stop();
  }
}
