// Writes src/script/quickjs/wasm.ts: the interpreter for workflow scripts, as the package brings it, but counting what it does. `--check` compares only.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { meterWasm } from './meter-wasm.mjs';

const target = new URL('../src/script/quickjs/wasm.ts', import.meta.url);
const source = new URL(import.meta.resolve('@jitl/quickjs-singlefile-mjs-release-sync/emscripten-module'));

// What the bridge calls; the package's own names of them are one letter or two, and change from build to build.
const called = [
  ...['_malloc', '_free', '_QTS_NewRuntime', '_QTS_NewContext', '_QTS_FreeContext', '_QTS_Eval', '_QTS_Call'],
  ...['_QTS_ResolveException', '_QTS_FreeValuePointer', '_QTS_DupValuePointer', '_QTS_GetString', '_QTS_FreeCString'],
  ...[
    '_QTS_NewString',
    '_QTS_NewFunction',
    '_QTS_ArgvGetJSValueConstPointer',
    '_QTS_GetUndefined',
    '_QTS_IsJobPending',
  ],
  ...[
    '_QTS_ExecutePendingJob',
    '_QTS_RuntimeSetMemoryLimit',
    '_QTS_RuntimeSetMaxStackSize',
    '_QTS_RuntimeEnableInterruptHandler',
  ],
];

const text = await render();
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(`${fileURLToPath(target)} is not what the package gives: node scripts/quickjs.mjs\n`);
  process.exit(1);
}

async function render() {
  const glue = readFileSync(source, 'utf8');
  const names = Object.fromEntries(
    [...glue.matchAll(/c\.(_\w+)=a\.([\w$]+)/g)].map(([, long, short]) => [long, short]),
  );
  const start = /Z\.(\w)\(\);B\?\.\(c\)/.exec(glue)[1];
  const lines = called.map((name) => `  ${name.replace(/^_(QTS_)?/, '')}: '${names[name]}',`);
  const license = readFileSync(new URL('../LICENSE', source), 'utf8').trim();
  const head = `// Written by scripts/quickjs.mjs: QuickJS, compiled to WebAssembly by quickjs-emscripten.\n/*\n${license}\n*/\n`;
  return `${head}\n/** Names under which the module exports what is called. */\nexport const exported = {\n  fuel: 'fuel',\n  start: '${start}',\n${lines.join('\n')}\n} as const;\n\n/** The module, as base64. */\nexport const wasm =\n  '${Buffer.from(meterWasm(await wasmOf(), 'fuel')).toString('base64')}';\n`;
}

/** The module's bytes stand in the package's code; they come out where it would compile them. */
async function wasmOf() {
  const { default: load } = await import(source.href);
  const { instantiate } = WebAssembly;
  return new Promise((resolve, reject) => {
    WebAssembly.instantiate = (bytes, imports) => {
      resolve(bytes);
      WebAssembly.instantiate = instantiate;
      return instantiate(bytes, imports);
    };
    load({}).catch(reject);
  });
}
