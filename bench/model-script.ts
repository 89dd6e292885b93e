import type { Script, ScriptedAnswer, ScriptedConversation } from '../src/testing/index.ts';
import type { Cell } from './cell.ts';

/**
 * What every worker's model does: creates an issue, comments on it, closes it with its last tool call, and says so.
 *
 * It keeps no state, so that both programs get the same answers whatever their order.
 */
export function benchScript({ turns, latencyMs }: Cell): Script {
  return { latencyMs, rules: [{ name: 'worker', when: () => true, answer: (seen) => answer(seen, turns) }] };
}

/** What every node of a graph gets: one short answer. */
export const graphScript: Script = {
  rules: [{ name: 'node', when: () => true, answer: () => ({ text: 'This node is done.' }) }],
};

/** What every agent gets that is looked at while it waits: no answer for as long as anybody looks. */
export const idleScript: Script = { ...graphScript, latencyMs: 30 * 60_000 };

/** How long an answer to a workstream takes, in ms. */
export const workstreamLatencyMs = 1000;

/** What every workstream gets: one answer. */
export const workstreamScript: Script = { ...graphScript, latencyMs: workstreamLatencyMs };

/** How long an answer to a coding agent takes, in ms, and how many it gets for a task. */
export const [codingLatencyMs, codingAnswers] = [2000, 3];

/** Coding agents: `Make FILE and change FOLDER …` takes a call that writes, one that looks, and an end. */
export const codingScript: Script = {
  latencyMs: codingLatencyMs,
  rules: [
    {
      name: 'codes',
      when: () => true,
      answer: ({ messages, tools, results }) => {
        const [, file, folder] = /Make (made\/\S+) and change (\S+) of/.exec(JSON.stringify(messages))!;
        const command = [
          `mkdir -p made && echo made > ${file} && echo changed >> ${folder}/file-1.txt`,
          `cat ${file} && wc -l ${folder}/file-1.txt`,
        ][results.length];
        if (command === undefined) return { text: `${file} is made.` };
        return { tools: [{ name: tools.includes('Bash') ? 'Bash' : 'bash', input: { command } }] };
      },
    },
  ],
};

/** How long an answer to a question takes, in ms: `least`, and up to `spread` more. */
export const answerMs = { least: 2000, spread: 18_000 };

/** Agents that ask each other: `Ask NAME.`, so many questions one after the other. */
export function wakingScript({ questions }: { questions: number }): Script {
  const asks = /^Ask (\S+)\.(?:\s|$)/;
  return {
    rules: [
      {
        name: 'ask',
        when: ({ prompt }) => asks.test(prompt),
        answer: ({ prompt, turn }) =>
          turn === questions
            ? { text: 'All is answered.' }
            : { tools: [{ name: 'ask', input: { to: asks.exec(prompt)![1]!, text: `What is ${turn + 1}?` } }] },
      },
      {
        name: 'answer',
        when: ({ prompt }) => prompt.includes('What is '),
        answer: () => ({ text: 'It is so.', latencyMs: answerMs.least + Math.floor(Math.random() * answerMs.spread) }),
      },
      { name: 'be ready', when: ({ prompt }) => prompt.startsWith('Be ready.'), answer: () => ({ text: 'Ready.' }) },
    ],
  };
}

/** What the tasks of a plan answer, by id, and how many files each reads before, one a turn; `reads`: all of them as many. */
export interface TokenScript {
  answers: Record<string, { text: string; reads: number }>;
  reads?: number;
  latencyMs: number;
}

/** What the tasks of a template do: read files, then answer in full length. Each prompt begins with the task's id. */
export function tokensScript({ answers, reads, latencyMs }: TokenScript): Script {
  const find = (seen: ScriptedConversation) => answers[/^Task (\S+)\.\n/.exec(seen.prompt)?.[1] ?? ''];
  const answerOf = (seen: ScriptedConversation): ScriptedAnswer => {
    const known = find(seen);
    if (!known || seen.turn >= (reads ?? known.reads)) return { text: known?.text ?? 'Done.' };
    const input = { action: 'read', path: `module-${seen.turn + 1}.txt` };
    return { text: `I look at part ${seen.turn + 1}.`, tools: [{ name: 'filesystem', input }] };
  };
  return { latencyMs, rules: [{ name: 'task', when: () => true, answer: answerOf }] };
}

function answer(seen: ScriptedConversation, turns: number): ScriptedAnswer {
  const { turn } = seen;
  if (turn === turns) return { text: 'The work is done, and the issue is closed.' };
  const text = `Step ${turn + 1} of ${turns}.`;
  if (turn === 0) return { text, tools: [{ name: 'issue', input: { action: 'create', title: 'A piece of work' } }] };
  const id = issueOf(seen);
  const input =
    turn === turns - 1
      ? { action: 'close', id, result: `All ${turns} steps are done.` }
      : { action: 'comment', id, text: `Step ${turn + 1}: looked at the next part, changed two lines, tests pass.` };
  return { text, tools: [{ name: 'issue', input }] };
}

function issueOf(seen: ScriptedConversation): string {
  const created = JSON.parse(seen.results[0]!.content) as { issue: { id: string } };
  return created.issue.id;
}
