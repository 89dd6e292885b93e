/**
 * A program that does all it can to outlive its end: children in sessions and groups of their own, forked twice, deaf to signals, and the program
 * itself deaf, too. Each bears `mark` in its command line. It says `on` when all are there, then waits.
 *
 * @param last what it does instead of waiting
 * @param more what it does besides, with `deaf` for a command that is so
 */
export function clingingProgram(mark: string, { last = wait, more = cleansed } = {}): string[] {
  const deaf = `trap "" TERM INT HUP QUIT; ${wait} # ${mark}`;
  const script = `
trap '' TERM INT HUP QUIT
sh -c '${deaf}' &
setsid sh -c '${deaf}' >/dev/null 2>&1 &
nohup sh -c '${deaf}' >/dev/null 2>&1 &
(setsid sh -c '(${deaf}
) &' >/dev/null 2>&1 &)
${more.replace('deaf', deaf)}
echo on
${last}`;
  return ['/bin/sh', '-c', script];
}

const wait = 'while :; do sleep 1000 & wait; done';

/** A child without any variable, which no mark in an environment finds. */
const cleansed = `env -i setsid -f sh -c 'deaf' >/dev/null 2>&1 </dev/null`;
