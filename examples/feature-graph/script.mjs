/*
 * The scripted model of this example: what the three agents say, so that the crew works without a key.
 * Answers depend on the conversation alone, so a run goes on in another process where it was.
 */
import { steps } from 'gaffer-crew/testing';

const parts = [
  { name: 'countLines', file: 'lines.js', does: 'returns the number of lines' },
  { name: 'countWords', file: 'words.js', does: 'returns the number of words' },
  { name: 'longestWord', file: 'longest.js', does: 'returns the longest word' },
];

const bodies = {
  countLines: "text === '' ? 0 : text.trimEnd().split('\\n').length",
  countWords: 'text.split(/\\s+/).filter(Boolean).length',
  longestWord: "text.split(/[^\\p{L}\\p{N}]+/u).reduce((best, word) => (word.length > best.length ? word : best), '')",
};

const readme = '# Text facts\n\nTells the number of lines and words of a text, and its longest word.\n';
const usage = '\n    node src/main.js README.md\n';

const main = `import { readFileSync } from 'node:fs';
${parts.map(({ name, file }) => `import { ${name} } from './${file}';`).join('\n')}

const text = readFileSync(process.argv[2], 'utf8');
${parts.map(({ name }) => `console.log('${name}', ${name}(text));`).join('\n')}
`;

const json = (value) => ({ text: JSON.stringify(value) });
const write = (path, content) => ({ name: 'filesystem', input: { action: 'write', path, content } });
const read = (path) => ({ name: 'filesystem', input: { action: 'read', path } });
const bash = (command) => ({ name: 'bash', input: { command } });
const says = (start) => (c) => c.prompt.startsWith(start);

/** The reviewer goes on in one conversation: the second look knows what the first one said. */
const hasLooked = (c) =>
  c.messages.some(
    ({ role, content }) => role === 'assistant' && content.some(({ text }) => text?.includes('"score":')),
  );

/** @type {import('gaffer-crew/testing').Script} */
export const script = {
  latencyMs: 300,
  rules: [
    steps('the lead splits', says('Split this feature'), [json({ parts, network: false })]),
    steps('a coder builds a part', says('Build src/'), [
      (c) => {
        const [, file, name] = /^Build src\/(\S+)\. It exports one function, (\w+)/.exec(c.prompt);
        const code = `export function ${name}(text) {\n  return ${bodies[name]};\n}\n`;
        return { text: `I write ${name}.`, tools: [write(`src/${file}`, code)] };
      },
      (c) => ({ text: c.lastResults[0].isError ? `It failed: ${c.lastResults[0].content}` : 'The part is built.' }),
    ]),
    steps('a coder writes the manual', says('Write README.md'), [
      { tools: [write('README.md', readme)] },
      { text: 'README.md says what it is.' },
    ]),
    steps('a coder notes the change', says('Write CHANGES.md'), [
      { tools: [write('CHANGES.md', '# Changes\n\n- 1.0.0: lines, words and the longest word\n')] },
      { text: 'CHANGES.md has its entry.' },
    ]),
    steps('a coder puts it together', says('Write src/main.js'), [
      { tools: [write('src/main.js', main), bash('echo \'{"type":"module"}\' > src/package.json')] },
      { text: 'src/main.js prints what each part says.' },
    ]),
    steps('the reviewer looks', (c) => says('Review src/')(c) && !hasLooked(c), [
      { text: 'I read it as a user first.', tools: [read('README.md'), bash('node src/main.js README.md')] },
      json({ score: 60, notes: 'The README does not say how to start it.' }),
    ]),
    steps('the reviewer looks again', says('Review src/'), [
      { text: 'I put that right myself.', tools: [write('README.md', readme + usage)] },
      json({ score: 90, notes: 'Small, plain, and the README says how to start it.' }),
    ]),
    steps('a coder lets it out', says('Run `node src/main.js'), [
      (c) => ({ tools: [bash(/`([^`]+)`/.exec(c.prompt)[1]), write('VERSION', '1.0.0\n')] }),
      (c) => ({ text: `It works:\n${c.results[0].content}` }),
    ]),
  ],
};
