import { closedSource } from './closed.ts';
import { errorsSource } from './errors.ts';
import { globalsSource } from './globals.ts';
import { plainSource } from './plain.ts';

/** File under which the code below stands in stack traces. */
export const guestFile = '<gaffer>';

// Called by the run: the program to begin with, or what became of something that was asked.
const entrySource = String.raw`
const end = (told, value) => {
  if (hasEnded) return;
  hasEnded = true;
  host('end', stringify(told), value);
};
const failed = (error) => end({ status: 'failed', ...describe(error) });
const returned = (value) => {
  if (setup.isChild) return end({ status: 'returned' }, value);
  let text;
  try {
    text = stringify({ status: 'returned', ...toResult(value) });
  } catch (error) {
    return end({ status: 'failed', ...describe(error), kind: 'unserialisable', stack: '' });
  }
  hasEnded = true;
  host('end', text);
};

const settle = ({ id, as, content }, value) => {
  const one = waiting.get(id);
  waiting.delete(id);
  if (one === undefined) return;
  if (as === 'content') one.resolve(content);
  else if (as === 'child') one.resolve(plain(value));
  else one.reject(fault(content.kind, content.message, { name: content.name, stack: content.stack || one.stack }));
};

const entries = {
  begin({ hasArgs, args }, program, childArgs) {
    const given = hasArgs ? args : plain(childArgs);
    defineProperty(globalThis, 'args', { value: given, writable: true, enumerable: true, configurable: true });
    program().then(returned, failed);
  },
  settle,
  fire({ id }) {
    const action = timers.get(id);
    timers.delete(id);
    try {
      action?.();
    } catch {
      // Nobody waits for it.
    }
  },
  describe: (_told, error) => stringify(describe(error)),
};
return (what, text, ...values) => entries[what](parse(text), ...values);
`;

/** Source of a function of a way out and of what the run allows (JSON); it makes a script's globals and gives the way in. */
export const guestSource = `((host, setupText) => {
'use strict';
${plainSource}
const setup = parse(setupText);
${errorsSource}
${globalsSource}
${closedSource}
${entrySource}
})`;
