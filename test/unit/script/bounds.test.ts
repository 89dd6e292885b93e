import { describe, expect, it } from 'vitest';
import { runBody, valueOf } from '../../support/script/run-source.ts';

/** What never ends, or would for longer than anybody waits: in the script, between its promises, or within one call of a built-in. */
const endless = [
  ['a loop', 'for (;;);'],
  ['a loop that awaits', 'for (;;) await 0'],
  ['promises that follow each other', 'const again = () => Promise.resolve().then(again); await again()'],
  ['a loop behind an agent', "await agent('x'); for (;;);"],
  ['a loop in a timer', 'await new Promise(() => setTimeout(() => { for (;;); }, 5))'],
  ['a loop whose errors are caught', 'for (;;) try { for (;;); } catch {}'],
  ['a loop in a thunk', 'await parallel([async () => { for (;;); }])'],
  ['a getter of the result', 'return { get x() { for (;;); } }'],
  ['a regular expression', "/(a+)+b/.test('a'.repeat(60))"],
  ['one without a group', "/(?:a|a)*b/.test('a'.repeat(60))"],
  ['a list of no end', '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
  ['holes', "new Array(2 ** 32 - 1).join('')"],
  ['a search in a long text', "'a'.repeat(4e6).includes('a'.repeat(2e6) + 'b')"],
  ['memory that is filled', 'const a = new Uint8Array(1e7); for (;;) a.fill(1)'],
  ['large numbers', 'const b = 3n ** 200000n; for (;;) b * b'],
  [
    'an iterator',
    'const [...all] = { [Symbol.iterator]: () => ({ next: () => ({ done: false, get value() { for (;;); } }) }) }',
  ],
  ['a trap', 'log(new Proxy({}, { ownKeys() { for (;;); } }))'],
] as const;

/** Calls that throw, or tell, over and over: what they make the host do counts as the script's own steps. */
const manyCalls = [
  ['schemas that are refused', "{ type: 'object', properties: { a: { enum: Array(9000).fill(i) } }, required: ['b'] }"],
  [
    'schemas of many parts',
    "{ type: 'object', properties: { ['/'.repeat(30000)]: { items: Array(5000).fill({}) } }, required: ['b'] }",
  ],
  ['schemas that are too long', "{ type: 'object', description: 'x'.repeat(1e5) + i }"],
  [
    'patterns that take long',
    "{ type: 'object', properties: Object.fromEntries(Array.from({ length: 50 }, (_, n) => ['p' + n, { pattern: '\\\\p{L}'.repeat(190) + '(' }])) }",
  ],
] as const;
const hostCalls = [
  "log('x')",
  "phase('x')",
  'budget.spent()',
  'clearTimeout(setTimeout(() => {}, 5))',
  "log('x'.repeat(1e5))",
  'await parallel([() => { throw 1 }])',
] as const;

const large = [
  ['texts', "const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)"],
  ['a list', 'const a = []; for (;;) a.push({})'],
  ['bytes', 'const a = []; for (;;) a.push(new Uint8Array(1e6))'],
  ['one call', 'Array.from({ length: 1e9 })'],
] as const;

describe('a script', () => {
  it.each(endless)('is stopped in %s', async (_where, body) => {
    const { end } = await runBody(body);
    expect(end).toMatchObject({ status: 'failed', kind: 'timeout', file: 'tried.js' });
  });

  it.each(manyCalls)('is stopped where it asks agents again and again with %s', async (_what, schema) => {
    const { end, world } = await runBody(
      `for (let i = 0; ; i++) try { await agent('x', { schema: ${schema} }) } catch {}`,
    );
    expect(end).toMatchObject({ status: 'failed', kind: 'timeout' });
    expect(world.seen.calls).toEqual([]);
  });

  it.each(hostCalls)('is stopped after as many calls as cost its steps: %s', async (call) => {
    const most = 60 * 50;
    const { end } = await runBody(`for (let i = 0; i < ${most}; i++) ${call}`);
    expect(end).toMatchObject({ status: 'failed', kind: 'timeout' });
  });

  it('is over when its agents were refused too often, also where it waits in between', async () => {
    const body = `for (;;) {
      for (let i = 0; i < 500; i++) agent('x', { schema: {} }).catch(() => {});
      await new Promise((done) => setTimeout(done, 5));
    }`;
    const { end } = await runBody(body);
    expect(end).toMatchObject({ status: 'failed', kind: 'throw', message: expect.stringContaining('refused') });
  });

  it.each([
    ["{ a: { pattern: '(' } }", 'schema/properties/a/pattern is no regular expression'],
    ["{ a: { pattern: 'x'.repeat(1001) } }", 'schema/properties/a/pattern has 1000 characters at most'],
    [
      "Object.fromEntries(Array.from({ length: 101 }, (_, i) => ['p' + i, { pattern: 'x' }]))",
      'a schema has 100 patterns at most',
    ],
    ['{ a: { items: Array(10001).fill({}) } }', 'a schema has 10000 schemas within it at most'],
    ["{ a: { description: 'x'.repeat(7e4) } }", 'a schema has 64 KB at most'],
    ["{ a: { pattern: '^\\\\p{L}+(?<n>x)$' } }", 'no answer fits the schema'],
  ])('says of a schema of %s: %s', async (properties, said) => {
    const body = `const RegExp = null; try { return await agent('x', { schema: { type: 'object', properties: ${properties} } }) } catch (e) { return e.message }`;
    expect(await valueOf(body)).toBe(said);
  });

  it('is told the line in which it was stopped', async () => {
    const { end } = await runBody('const a = 1\nconst f = () => { for (;;); }\n\nf()');
    expect(end).toMatchObject({ kind: 'timeout', line: 3 });
  });

  it.each(large)('fails where %s takes more memory than it has', async (_what, body) => {
    const { end } = await runBody(body, { limits: { steps: 5000 } });
    expect(end).toMatchObject({ status: 'failed', kind: 'memory' });
  });

  it('goes on after an allocation that was refused', async () => {
    const value = await valueOf(
      "try { 'x'.repeat(2 ** 29) } catch (e) { return [e.name, e instanceof RangeError, (await agent('x'))] }",
    );
    expect(value).toEqual(['RangeError', true, 'an answer']);
  });

  it.each([
    'const f = () => f() + 1; f()',
    'const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o)',
    'const o = { get x() { return o.x } }; o.x',
  ])('sees a recursion without end as a RangeError: %s', async (body) => {
    expect(await valueOf(`try { ${body} } catch (e) { return e.name }`)).toBe('RangeError');
  });

  it('has a thousand timers at once', async () => {
    const body = 'let n = 0; try { for (;;) { setTimeout(() => {}, 5); n++ } } catch (e) { return [n, e.message] }';
    expect(await valueOf(body)).toEqual([1000, 'more than 1000 timers at once']);
  });

  it('has the agents of its run, whoever asks them', async () => {
    const body =
      "const out = await parallel(Array.from({ length: 7 }, (_, i) => () => agent('x' + i))); return out.map((one) => one !== null)";
    const { end, world } = await runBody(body, { limits: { agents: 5 } });
    expect(end).toMatchObject({ value: [true, true, true, true, true, false, false] });
    expect(world.seen.calls).toHaveLength(5);
  });

  it('computes so much in all, the same in each run, however often it waits', async () => {
    const body = "for (;;) { for (let i = 0; i < 2e5; i++); await agent('x') }";
    const limits = { steps: 60, stepsInAll: 100 };
    const runs = await Promise.all([1, 2].map(() => runBody(body, { limits })));
    for (const { end } of runs) expect(end).toMatchObject({ status: 'failed', kind: 'timeout' });
    const [one, other] = runs.map(({ world }) => world.seen.calls.length);
    expect(one).toBeGreaterThan(1);
    expect(other).toBe(one);
  });

  it('has so many items a call', async () => {
    const body =
      'const out = []; for (const f of [parallel, pipeline]) try { await f(Array(5).fill(() => 1)) } catch (e) { out.push(e.message) } return out';
    const told = (call: string): string => `${call} takes 4 items at most, not 5`;
    expect(await valueOf(body, { limits: { itemsPerCall: 4 } })).toEqual([told('parallel'), told('pipeline')]);
  });

  it('says so much of a call beside its prompt, in whole characters', async () => {
    const long = "'😀' + 'x'.repeat(298) + '😀'.repeat(1e3)";
    const { world } = await runBody(`phase(${long}); await agent('a', { label: ${long}, model: ${long} }).catch(() => 1)
await agent('b', { phase: ${long}, agentType: ${long} }).catch(() => 1)`);
    const title = `😀${'x'.repeat(298)}`;
    expect(world.seen.calls).toMatchObject([
      { label: title, phase: title, model: title.slice(0, 100), agentType: null },
      { label: 'b', phase: title, agentType: title.slice(0, 100) },
    ]);
    expect(world.seen.calls[0]!.label.length + world.seen.calls[1]!.phase!.length).toBe(600);
  });

  it.each(['a', 'a:', 'a1:1:'])('may set a stack of %s without end', async (text) => {
    const { end } = await runBody(`const e = new Error('x'); e.stack = '${text}'.repeat(1e6); throw e`);
    expect(end).toMatchObject({ status: 'failed', message: 'x', line: null });
  });

  it('asks no agent when its budget is spent', async () => {
    const body =
      "const out = []; for (let i = 0; i < 4; i++) try { out.push(await agent('x')) } catch (e) { out.push(e.name) } return [out, budget.remaining()]";
    expect(await valueOf(body, { budget: 20 })).toEqual([['an answer', 'an answer', 'Error', 'Error'], 0]);
  });

  it.each([
    'await new Promise(() => {})',
    'await new Promise((done) => { const id = setTimeout(done, 5); clearTimeout(id) })',
    "await agent('x'); await { then() {} }",
  ])('fails where nothing can come any more: %s', async (body) => {
    const { end } = await runBody(body);
    expect(end).toMatchObject({ status: 'failed', kind: 'standstill' });
  });
});
