import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandRunner } from '../../../src/runners/command/command.ts';
import type { RunnerEvent, SessionInput, SessionProcess } from '../../../src/runners/runner.ts';

describe('a command that fails', () => {
  it('says how its output ends, in a few lines, without the prompt that it was given', async () => {
    const home = mkdtempSync(join(tmpdir(), 'gaffer-command-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const prompt = `You are careful.\n\n${'What is to be done, in many words. '.repeat(40)}`;
    const output = `asked: ${prompt}\n${'noise\n'.repeat(50)}no such branch\n`;
    const process: SessionProcess = {
      ...{ pid: 1, stdin: new PassThrough(), stdout: Readable.from([Buffer.from(output)]), stderr: Readable.from([]) },
      ended: Promise.resolve({ exitCode: 3, exitSignal: null, stopped: null }),
      stop: async () => undefined,
    };
    const session = {
      ...{ prompt, home, model: 'm', baseUrl: 'http://127.0.0.1:1', token: 't' },
      ...{ runner: { kind: 'command', command: ['aider', '{prompt}'] }, launch: async () => process },
    } as unknown as SessionInput;
    const program = { path: '/bin/aider', argv: ['/bin/aider'], version: null, reads: [] };
    const said: RunnerEvent[] = [];
    for await (const event of (await commandRunner.start(program, session)).events) said.push(event);
    const end = said.at(-1)!;
    expect(end).toMatchObject({ type: 'end', status: 'failed' });
    const { reason } = end as Extract<RunnerEvent, { type: 'end' }>;
    expect(reason).toMatch(/^aider ended with exit code 3: .*no such branch$/);
    expect(reason).not.toContain('in many words');
    expect(reason.length).toBeLessThan(400);

    const short = { ...process, stdout: Readable.from([Buffer.from(`asked: ${prompt.trim()}\n`)]) };
    const again = await commandRunner.start(program, { ...session, launch: async () => short });
    for await (const event of again.events) said.push(event);
    expect(said.at(-1)).toMatchObject({ reason: 'aider ended with exit code 3: asked: (its prompt)' });
  });
});
