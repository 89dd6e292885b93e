import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';

const coder = `---
name: coder
description: Does one task in the workspace, and says what it did.
model: claude-sonnet-4-5
tools: [filesystem, bash]
---
You are a careful programmer working in the user's project.
Look before you change anything, keep changes small, and run the project's tests when there are any.
End with two or three sentences: what you found, what you did, what is left.
`;

const foreman = `---
name: foreman
description: Splits work into parts that others can do, and reviews what they did.
model: claude-sonnet-4-5
tools: [filesystem]
---
You lead a small crew of programmers.
When you split work, give each part what somebody needs who knows nothing else: what to change, where, and how to see that it is done.
When you review, read what was written, say first whether it does what was asked, then what is missing.
`;

function workflowFor(name: string): string {
  return `# yaml-language-server: $schema=./node_modules/gaffer-crew/schema/workflow.schema.json
name: ${JSON.stringify(name)}
description: Look at this project, then improve one thing
default_profile: coder
inputs:
  goal: { type: string, description: what to improve, default: the README }
limits: { usd: 1, timeout: 20m }
phases:
  - name: Look
    tasks:
      - id: look
        context_name: coder
        prompt: "List what is in this project and say in five lines what it is. Goal: \${{ inputs.goal }}."
  - name: Improve
    tasks:
      - id: improve
        context_name: coder
        prompt: "Improve \${{ inputs.goal }} with one small change."
`;
}

/** `gaffer init`: a workflow, two agents and an ignore file in this folder. What is there already stays as it is. */
export async function execute({ cwd, terminal }: CommandContext): Promise<number> {
  const files: [string, string][] = [
    ['workflow.yaml', workflowFor(basename(cwd) || 'crew')],
    [join('agents', 'coder.md'), coder],
    [join('agents', 'foreman.md'), foreman],
  ];
  for (const [name, text] of files) terminal.out(`${writeNew(join(cwd, name), text) ? 'wrote ' : 'exists'}  ${name}\n`);
  terminal.out(`${ignore(join(cwd, '.gitignore'))}  .gitignore\n`);
  terminal.err('\nNext:\n  gaffer run workflow.yaml\n  gaffer run workflow.yaml --input goal="the tests"\n');
  return exitCodes.succeeded;
}

/** @returns false when the file was there already */
function writeNew(file: string, text: string): boolean {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ignore(file: string): string {
  const wanted = ['.gaffer/', '.env'];
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = before.split(/\r?\n/).map((line) => line.trim());
  const missing = wanted.filter(
    (entry) => !lines.some((line) => line.replace(/^\/|\/$/g, '') === entry.replace('/', '')),
  );
  if (missing.length === 0) return 'exists';
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  appendFileSync(file, `${gap}${missing.join('\n')}\n`);
  return before === '' ? 'wrote ' : 'added ';
}
