import { once } from 'node:events';
import { startStack } from '../../../src/dev/stack.ts';
import { readState } from '../../../src/dev/stack-state.ts';

/* A process that starts the stack of a home, says so, and leaves it when its standard input ends. */

const home = { path: process.argv[2]! };
const stack = await startStack({
  home,
  background: process.argv[3] === 'background',
  say: (line) => console.log(line),
});
const { temporal, postgres } = readState(home);
console.log(JSON.stringify({ started: stack.started, pids: [temporal!.pid, postgres!.pid] }));
process.stdin.resume();
await once(process.stdin, 'end');
await stack.stop();
