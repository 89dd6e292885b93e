import { describe, expect, it } from 'vitest';
import { runBody, valueOf } from '../../support/script/run-source.ts';

/** Whatever reaches for the outside says what it got. */
const attempt = 'const reach = (f) => { try { return typeof f() } catch (e) { return e.name } };\n';

const codeOfText = [
  ['eval', "eval('1')"],
  ['indirect eval', "(0, eval)('1')"],
  ['Function', "Function('return 1')()"],
  ['new Function', "new Function('return 1')()"],
  ["a function's constructor", "(() => 1).constructor('return process')()"],
  ["an async function's constructor", "(async () => 1).constructor('return 1')()"],
  ["a generator's constructor", "(function* () {}).constructor('yield 1')()"],
  ["an async generator's constructor", "(async function* () {}).constructor('yield 1')()"],
  ["a global's constructor", "agent.constructor('return process')()"],
  ["a built-in's constructor", "[].map.constructor('return process')()"],
  ["an iterator's constructor", "[].values().next.constructor('return process')()"],
  ["a bound function's constructor", "log.bind(null).constructor('return process')()"],
  ['Reflect.construct', "Reflect.construct(Function, ['return process'])()"],
  ["a class's constructor", "(class {}).constructor('return process')()"],
  ["a getter's constructor", "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.constructor('return 1')()"],
] as const;

const changes = [
  ['a prototype', 'Array.prototype.push = () => 1'],
  ['an object of functions', 'JSON.parse = () => 1'],
  ['a prototype by definition', "Object.defineProperty(Promise.prototype, 'then', { value: 1 })"],
  ["an iterator's prototype", 'Object.getPrototypeOf([].values()).next = 1'],
  ["a generator's prototype", 'Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())).next = 1'],
  ["an async function's prototype", 'Object.getPrototypeOf(async () => 1).x = 1'],
  ['a stack trace maker', 'Error.prepareStackTrace = () => 1'],
  ['the length of stacks', 'Error.stackTraceLimit = 0'],
  ['a species', 'Object.defineProperty(Promise, Symbol.species, { value: 1 })'],
  ["a prototype's prototype", 'Object.setPrototypeOf(Array.prototype, { x: 1 })'],
  ["the prototype of all by '__proto__'", "({})['__proto__'].polluted = 1"],
  ['the budget', 'budget.total = 5'],
] as const;

describe('a script', () => {
  it.each(codeOfText)('gets no code made of text by %s', async (_how, code) => {
    expect(await valueOf(`${attempt}return reach(() => ${code})`)).toBe('EvalError');
  });

  it.each(changes)('cannot change %s', async (_what, code) => {
    expect(await valueOf(`${attempt}return reach(() => { ${code} })`)).toBe('TypeError');
  });

  it('has the globals of the language and its own, and no others', async () => {
    const names = (await valueOf('return Object.getOwnPropertyNames(globalThis)')) as string[];
    const newer = ['Float16Array', 'Iterator'];
    const own = names.filter((name) => !(name in globalThis) && !newer.includes(name));
    expect(own.toSorted()).toEqual(['agent', 'args', 'budget', 'log', 'parallel', 'phase', 'pipeline', 'workflow']);
    const missing = [
      'process',
      'require',
      'module',
      'Buffer',
      'fetch',
      'URL',
      'structuredClone',
      'queueMicrotask',
      'WeakRef',
    ];
    missing.push(
      'setInterval',
      'setImmediate',
      'TextEncoder',
      'AbortController',
      'atob',
      'performance',
      'WebAssembly',
      'Atomics',
    );
    expect(names.filter((name) => missing.includes(name))).toEqual([]);
  });

  it('sees errors of the outside as errors of its own, without anything of ours in their stacks', async () => {
    const value = await valueOf(
      `const seen = []
       const calls = [() => agent('x', { agentType: 'nobody' }), () => workflow('nobody'), () => parallel(5), () => agent('x', { schema: 5 })]
       for (const call of calls) try { await call() } catch (e) { seen.push([e.constructor === Error || e.constructor === TypeError, e instanceof Error, e.stack]) }
       return seen`,
    );
    expect(value).toEqual(
      Array.from({ length: 4 }, () => [true, true, expect.not.stringMatching(/node:|\/src\/|\.ts|wasm/)]),
    );
  });

  it('gets promises of its own', async () => {
    expect(
      await valueOf(
        "const p = [agent('x'), parallel([]), workflow('none')]; p[2].catch(() => 1); return p.map((one) => one.constructor === Promise)",
      ),
    ).toEqual([true, true, true]);
  });

  it('may hand over anything at all, and only plain data and text come out', async () => {
    const body = `
      const trap = new Proxy({}, { get(_t, key) { throw new Error('trap ' + String(key)) }, ownKeys() { throw new Error('keys') } })
      const out = []
      const note = async (f) => { try { out.push(await f()) } catch (e) { out.push(e.name) } }
      await note(() => agent(trap))
      await note(() => agent('x', trap))
      await note(() => agent('x', { label: { toString() { throw 1 } } }))
      await note(() => agent('x', { get schema() { throw 1 } }))
      await note(() => agent('x', { schema: trap }))
      await note(() => parallel(trap))
      await note(() => parallel(new Proxy([() => 1], {})))
      await note(() => parallel([() => trap]))
      await note(() => parallel([() => ({ then(ok) { ok('by then') } })]))
      await note(() => pipeline([trap], (x) => 1))
      await note(() => workflow(trap))
      await note(() => log(trap))
      await note(() => phase(trap))
      await note(() => console.error(trap, Symbol('s'), 1n))
      await note(() => setTimeout(trap))
      return out.map((one) => (one === undefined ? 'undefined' : one))`;
    const { end, world } = await runBody(body);
    expect(end).toMatchObject({ status: 'returned' });
    expect(world.seen.calls.every(({ prompt, label }) => typeof prompt === 'string' && typeof label === 'string')).toBe(
      true,
    );
  });

  it("keeps '__proto__' of answers, arguments and results as a plain member", async () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object;
    const schema = "{ schema: { type: 'object' } }";
    const value = await valueOf(
      `const a = await agent('x', ${schema})
       const [b] = await parallel([() => a])
       return { seen: [({}).polluted, a.polluted, b.polluted, args.polluted].map(String), keys: [a, b, args].map((one) => Object.keys(one)), back: b }`,
      { args: hostile, answers: { '': { json: hostile } } },
    );
    const keys = ['__proto__', 'constructor'];
    expect(value).toEqual({ seen: Array(4).fill('undefined'), keys: [keys, keys, keys], back: hostile });
    expect('polluted' in {}).toBe(false);
  });

  it('has the same world whatever it does to a promise', async () => {
    const body = `
      class Own extends Promise { static get [Symbol.species]() { return Promise } then(...all) { log('then'); return super.then(...all) } }
      const a = await Own.resolve(agent('x'))
      const b = await Promise.race([agent('y'), new Own(() => {})])
      return [a, b]`;
    expect(await valueOf(body)).toEqual(['an answer', 'an answer']);
  });

  it.each(["await import('node:fs')", 'import.meta.url', "export { readFile } from 'node:fs'"])(
    'is refused with %s',
    async (code) => {
      const { checkScript } = await import('../../../src/script/check/check-script.ts');
      const checked = checkScript(`export const meta = { name: 'a', description: 'b' }\n${code}`);
      expect(checked).toMatchObject({ problems: [{ kind: 'syntax', line: 2 }] });
    },
  );
});
