/** The ports that a program finds on 127.0.0.1 of its namespace. */
export const insidePorts = { gateway: 4180, proxy: 4181 } as const;

/** Where the sockets lie that they lead to, inside. */
export const socketsInside = '/run/gaffer/ways';

/** Where the relay lies, inside. */
export const relayInside = '/run/gaffer/relay.cjs';

/**
 * What stands between a program and its ways out: it listens on ports of the namespace's own 127.0.0.1, leads each to a Unix socket, and runs
 * the program as its child when it does. It ends as the program does, and when it is ended so is all that is in the namespace.
 *
 * Plain JavaScript (CommonJS), as a process cannot be started from a TypeScript file on Node 20. Its arguments: ports and sockets as JSON, a
 * dash, and the program. Run by Node itself, since that is the one program that is there wherever Gaffer is.
 */
export const relaySource = `
const { createServer, connect } = require('node:net');
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const [ways, , program, ...args] = process.argv.slice(2);
const lead = (path) => (client) => {
  const way = connect({ path, allowHalfOpen: true });
  const end = () => { client.destroy(); way.destroy(); };
  client.on('error', end).on('close', end);
  way.on('error', end).on('close', end);
  client.pipe(way).pipe(client);
};
const open = ([port, path]) => new Promise((resolve, reject) => {
  createServer({ allowHalfOpen: true, noDelay: true }, lead(path)).once('error', reject).listen(Number(port), '127.0.0.1', resolve);
});
const fail = (error) => { process.stderr.write('not started: ' + error.message + '\\n'); process.exit(127); };
Promise.all(Object.entries(JSON.parse(ways)).map(open)).then(() => {
  let child;
  // Before it starts, so that none ends this process instead.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child = spawn(program, args, { stdio: 'inherit' });
  child.once('error', fail).once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}).catch(fail);
`;
