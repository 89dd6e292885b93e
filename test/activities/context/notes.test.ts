import { describe, expect, it } from 'vitest';
import { notesFor } from '../../../src/activities/context/notes.ts';
import type { TurnInput } from '../../../src/contracts/turn.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { appendNew } from '../../../src/store/run/events.ts';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import { writeValue } from '../../../src/store/state/state-values.ts';
import { plan, task } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const one = task({ id: 'one', strategy: 'shared' });
const crew = plan({ tasks: [one, task({ id: 'two' })] });

/** The conversation of `one`, turn by turn: what each tells of the state. */
function talk(run: StoreRun): () => Promise<string[]> {
  const view: StoredMessage[] = [];
  return async () => {
    const turn = view.length + 1;
    const input: TurnInput = {
      ...{ runKey: run.runKey, taskId: 'one', attempt: 1, turn, epoch: 0, agent: 'worker', context: 'one' },
      ...{ head: null, prompt: turn === 1 ? 'task' : null },
    };
    const { blocks } = await notesFor(store().sql, run.frozen, input, { task: one, before: [...view], prompt: 'Do.' });
    view.push({
      ...{ id: `m${turn}`, parent: null, root: 'm1', viewFrom: null, depth: turn, callKey: `one~1/${turn}/0` },
      ...{ role: 'user', content: blocks },
    });
    const text = blocks.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
    return text.split('\n').filter((line) => line.startsWith('- state '));
  };
}

/** Writes a value as a tool does: its event is told with the next turn of whoever wrote it. */
async function write(run: StoreRun, key: string, value: JsonValue, by = 'two'): Promise<() => Promise<void>> {
  const actor = { no: run.frozen.no, taskId: by, attempt: 1, name: by };
  const version = await store().transaction((sql) => writeValue(sql, actor, { key, value }));
  const event = {
    type: 'state:set',
    taskId: by,
    stateKey: key,
    version,
    actor: by,
    detail: JSON.stringify(value),
  } as const;
  return () =>
    store().transaction((sql) => appendNew(sql, run.frozen.no, [{ key: `effect/${by}/${key}/${version}`, ...event }]));
}

describe('notes of the state that a run shares', () => {
  it('are told once each, also when the story tells later that they were written', async () => {
    const run = await open(crew);
    const next = talk(run);
    const tellPort = await write(run, 'port', 8000);
    expect(await next()).toEqual(['- state port (version 1, two): 8000']);
    await tellPort();
    expect(await next()).toEqual([]);

    const tellSecond = await write(run, 'port', 9000);
    const tellHost = await write(run, 'host', 'seven');
    const tellThird = await write(run, 'port', 9001);
    await tellHost();
    expect(await next()).toEqual(['- state host (version 1, two): "seven"', '- state port (version 3, two): 9001']);
    await tellSecond();
    await tellThird();
    expect(await next()).toEqual([]);
  });

  it('are of what others wrote, and in a new conversation also of what an attempt before it did', async () => {
    const run = await open(crew);
    const next = talk(run);
    expect(await next()).toEqual([]);
    const tellOthers = await write(run, 'port', 1);
    const tellOwn = await write(run, 'host', 'mine', 'one');
    await tellOwn();
    await tellOthers();
    expect(await next()).toEqual(['- state port (version 1, two): 1']);
    const anew = talk(run);
    expect(await anew()).toEqual(['- state host (version 1, one): "mine"', '- state port (version 1, two): 1']);
    expect(await anew()).toEqual([]);
    const tellAgain = await write(run, 'host', 'theirs');
    await tellAgain();
    expect(await next()).toEqual(['- state host (version 2, two): "theirs"']);
    expect(await next()).toEqual([]);
  });
});
