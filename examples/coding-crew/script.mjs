/*
 * The scripted model of this example: what the model says to three real programs, so that the crew works without a key.
 * Answers depend on the conversation alone, so a run goes on in another process where it was.
 */

const files = {
  'src/lines.js': "export const countLines = (text) => (text === '' ? 0 : text.trimEnd().split('\\n').length);",
  'lib/words.js': 'export const countWords = (text) => text.split(/\\s+/).filter(Boolean).length;',
  'README.md': '# Text facts\n\nCounts the lines and words of a text.',
  'src/main.js': `import { readFileSync } from 'node:fs';
import { countWords } from '../lib/words.js';
import { countLines } from './lines.js';

const text = readFileSync(process.argv[2], 'utf8');
console.log('lines', countLines(text));
console.log('words', countWords(text));`,
};

/** A command, by the name that each program has for its shell. */
function shell({ tools }, command) {
  if (tools.includes('exec_command')) return { name: 'exec_command', input: { cmd: command } };
  return { name: tools.includes('Bash') ? 'Bash' : 'bash', input: { command } };
}

const fileOf = ({ messages }) => /Write ((?:src\/|lib\/)?\w+\.(?:js|md))[.:]/.exec(JSON.stringify(messages))?.[1];

/** @type {import('gaffer-crew/testing').Script} */
export const script = {
  latencyMs: 300,
  rules: [
    {
      name: 'writes the file of its task',
      when: (c) => fileOf(c) !== undefined && c.results.length === 0,
      answer: (c) => {
        const name = fileOf(c);
        const folder = name.includes('/') ? `mkdir -p ${name.split('/')[0]} && ` : '';
        const write = `${folder}cat > ${name} <<'END'\n${files[name]}\nEND`;
        return { text: `I write ${name}.`, tools: [shell(c, write)] };
      },
    },
    {
      name: 'says that it is done',
      when: (c) => fileOf(c) !== undefined,
      answer: (c) => ({ text: `${fileOf(c)} is written.` }),
    },
  ],
};
