import { expect, it } from 'vitest';
import { agent, plan, task } from '../../support/plan/builders.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';

const { open } = useStore();

/** A plan with an agent that may call a tool of a server, a task that is a call of another one, and an agent without any. */
function planWith(hash: string) {
  const tool = { server: 'docs', description: '', input: {} };
  return plan({
    tasks: [
      task({ id: 'a', agent: 'reader' }),
      task({ id: 'b', agent: 'tool', work: { kind: 'tool', tool: 'docs.put', input: {}, holes: [] } }),
      task({ id: 'c', agent: 'other' }),
    ],
    agents: {
      reader: agent({ name: 'reader', tools: ['docs.get'] }),
      other: agent({ name: 'other', tools: ['issue'] }),
    },
    mcp: {
      sources: [],
      tools: ['get', 'put'].map((word) => ({ ...tool, name: `docs.${word}`, tool: word, hash: `${hash}-${word}` })),
    },
  });
}

it('a result is not used again where a server says something else now of a tool that may be called', async () => {
  const first = await open(planWith('1'));
  for (const id of ['a', 'b', 'c']) {
    await first.begin(id);
    await first.succeed(id, `answer of ${id}`);
  }
  const verdicts = async (hash: string) => {
    const run = await open(planWith(hash), lineageOf(first, { kind: 'fork' }));
    return [await run.begin('a'), await run.begin('b'), await run.begin('c')].map(({ verdict }) => verdict);
  };
  expect(await verdicts('1')).toEqual(['reuse', 'reuse', 'reuse']);
  expect(await verdicts('2')).toEqual(['start', 'start', 'reuse']);
});
