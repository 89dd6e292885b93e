import type { JsonObject } from '../../../src/domain/json.ts';
import type { Script, ScriptedAnswer, ScriptedConversation, ScriptedToolResult } from '../../../src/testing/index.ts';

/** Agents that count in what they share: `Count as NAME, so many times` by compare-and-set, `Guard as NAME, …` under a lock. */
export const countingScript: Script = {
  rules: [
    {
      name: 'counting',
      when: ({ prompt }) => /^(Count|Guard) as /.test(prompt),
      answer: (conversation) => {
        const [, how, , times] = /^(Count|Guard) as ([\w-]+), (\d+) times\./.exec(conversation.prompt)!;
        return (how === 'Count' ? count : guard)(conversation, Number(times));
      },
    },
  ],
};

// Read from the conversation alone, so that it goes on right wherever it was cut.
function count({ results }: ScriptedConversation, times: number): ScriptedAnswer {
  const written = writesOf(results);
  if (written.length >= times) return { text: `counted ${times}` };
  const last = results.at(-1);
  if (!last || last.content.includes('Outcome unknown')) return use('state_get', { key: 'count' });
  if (last.name === 'state_get') {
    const { version, value } = JSON.parse(last.content) as { version: number; value: number | null };
    return use('state_set', { key: 'count', value: (value ?? 0) + 1, version });
  }
  if (!last.isError) {
    const { version } = JSON.parse(last.content) as { version: number };
    return use('state_set', { key: 'count', value: (last.input['value'] as number) + 1, version });
  }
  const [, version, value] = /has version (\d+) now, .* Its value is (\d+) /.exec(last.content) ?? [];
  if (version === undefined) return { text: `stopped: ${last.content}` };
  return use('state_set', { key: 'count', value: Number(value) + 1, version: Number(version) });
}

function guard({ results }: ScriptedConversation, times: number): ScriptedAnswer {
  const last = results.at(-1);
  if (last?.isError) return { text: `stopped: ${last.content}` };
  if (!last || 'release' in last.input) {
    return writesOf(results).length >= times ? { text: `guarded ${times}` } : use('state_lock', { key: 'guarded' });
  }
  if (last.name === 'state_lock') return use('state_get', { key: 'guarded' });
  if (last.name === 'state_set') return use('state_lock', { key: 'guarded', release: true });
  const { token } = JSON.parse(results.findLast(({ name }) => name === 'state_lock')!.content) as { token: number };
  const { value } = JSON.parse(last.content) as { value: number | null };
  // No version: the lock alone keeps the others away.
  return use('state_set', { key: 'guarded', value: (value ?? 0) + 1, token });
}

function writesOf(results: readonly ScriptedToolResult[]): ScriptedToolResult[] {
  return results.filter(({ name, isError }) => name === 'state_set' && !isError);
}

function use(name: string, input: JsonObject): ScriptedAnswer {
  return { tools: [{ name, input }] };
}
