import { describe, expect, it } from 'vitest';
import { checkScript } from '../../../src/script/check/check-script.ts';
import { scriptLimits } from '../../../src/script/limits.ts';
import { runScript } from '../../../src/script/run-script.ts';
import type { ScriptEnd } from '../../../src/script/script-host.ts';
import type { OracleEntry, OracleExpectation } from '../../support/script/oracle.ts';
import { readOracle, readScript } from '../../support/script/oracle.ts';
import { ScriptWorld } from '../../support/script/script-world.ts';

/** Where we differ on purpose: entry, what is not held against us, and why. docs/script-differences.md says the same. */
const differences: Record<string, { fields: string[]; reason: string }> = {
  '013-schema-unusable.js': {
    fields: ['modelCalls'],
    reason:
      'two agents without a schema were answered with a structured answer: what a model says then is its own matter',
  },
  '053-language-library.js': {
    fields: ['status', 'error'],
    reason: 'there is no Intl: what it gives differs between versions of an engine, and a run may go on in another one',
  },
  '108-pending-forever.js': {
    fields: ['status', 'error'],
    reason: 'a script that waits for nothing that could come is told so at once, instead of running for ever',
  },
  '116-errors-seen-in-script.js': {
    fields: ['returned'],
    reason: 'errors of agent, parallel, pipeline and workflow are errors of the script: instanceof Error holds',
  },
};

const entries = readOracle().filter((entry) => entry.expect !== null);

describe('a workflow script', () => {
  it.each(entries.map((entry) => ({ ...entry, title: [entry.file, entry.case].filter(Boolean).join(' ') })))(
    'does what the tool did that it was written for: $title',
    async (entry) => {
      const { title, expect: wanted } = entry;
      const skipped = new Set([...(wanted!.informative ?? []), ...(differences[title]?.fields ?? [])]);
      const keep = (fields: object): object =>
        Object.fromEntries(Object.entries(fields).filter(([key, value]) => !skipped.has(key) && value !== undefined));
      expect(keep(await outcomeOf(entry, wanted!))).toEqual(keep(normed(wanted!)));
    },
  );
});

async function outcomeOf(entry: OracleEntry, wanted: OracleExpectation): Promise<object> {
  const source = readScript(entry.file, entry.padTo);
  const checked = checkScript(source);
  if ('problems' in checked) {
    const [{ kind, line }] = checked.problems as [(typeof checked.problems)[number]];
    return {
      status: 'refused',
      modelCalls: 0,
      error: { when: 'before', kind, ...(wanted.error?.line === undefined ? {} : { line }) },
    };
  }
  const world = new ScriptWorld(entry.answers, entry.children);
  const run = runScript({ source, file: entry.file, args: entry.args }, world, { ...scriptLimits, steps: 200 });
  return { ...toOutcome(await world.until(run.ended), wanted), ...toSeen(world, wanted) };
}

function toOutcome(end: ScriptEnd, { error }: OracleExpectation): object {
  if (end.status === 'returned')
    return end.hasValue ? { status: 'completed', returned: end.value } : { status: 'completed', returnedNothing: true };
  const { kind, name, message, line, file } = end;
  const told = Object.entries({ name, message, line, file }).filter(([key]) => error?.[key as 'name'] !== undefined);
  return { status: 'failed', error: { when: 'run', kind, ...Object.fromEntries(told) } };
}

function toSeen({ seen }: ScriptWorld, wanted: OracleExpectation): object {
  const found = {
    modelCalls: seen.modelCalls,
    failures: sorted(seen.failures),
    order: seen.order,
    shown: seen.calls.map(({ label, phase }) => ({ label, phase })),
    phases: seen.phases,
    logs: seen.logs,
    logCount: seen.logs.length,
  };
  return Object.fromEntries(Object.entries(found).filter(([key]) => wanted[key as 'order'] !== undefined));
}

function normed({ failures, ...wanted }: OracleExpectation): object {
  const {
    agents: _counts,
    informative: _informative,
    notes: _notes,
    httpRequests: _requests,
    ...rest
  } = wanted as Record<string, unknown>;
  return { ...rest, ...(failures === undefined ? {} : { failures: sorted(failures) }), ...errorOf(wanted.error) };
}

function errorOf(error: OracleExpectation['error']): object {
  const { toolLine: _line, ...rest } = (error ?? {}) as Record<string, unknown>;
  return error === undefined ? {} : { error: rest };
}

function sorted<T>(items: readonly T[]): T[] {
  return items.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
