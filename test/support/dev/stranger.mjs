/*
 * Tries to talk to a Temporal server, with what every Node has: so another account needs none of our files. Gets `{ port, password, calls }`
 * on standard input, says on standard output how far each call came.
 */
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { json } from 'node:stream/consumers';

const { port, password, calls } = await json(process.stdin);
const results = {};
for (const call of calls) {
  results[`${call} at the port`] = await grpc(net.connect(port, '127.0.0.1'), call);
  results[`${call} through CONNECT`] = await throughConnect(call, undefined);
  results[`${call} with a password`] = await throughConnect(call, password);
}
for (const path of ['/api/v1/namespaces', '/api/v1/namespaces/default/workflows', '/namespaces']) {
  for (const method of ['GET', 'POST']) results[`${method} ${path}`] = await plain(path, method);
}
process.stdout.write(JSON.stringify(results));
process.exit(0);

function throughConnect(call, secret) {
  return new Promise((resolve) => {
    const headers = secret && { 'proxy-authorization': `Basic ${Buffer.from(`gaffer:${secret}`).toString('base64')}` };
    const options = { host: '127.0.0.1', port, method: 'CONNECT', path: 'gaffer.test:7233', agent: false };
    const request = http.request({ ...options, ...(headers && { headers }) });
    request.once('connect', ({ statusCode }, socket, head) => {
      socket.unshift(head);
      resolve(statusCode === 200 ? grpc(socket, call) : `refused: ${statusCode}`);
    });
    request.once('response', ({ statusCode }) => resolve(`refused: ${statusCode}`));
    request.once('error', (error) => resolve(`refused: ${error.code}`));
    request.end();
  });
}

/** An empty message, which is a call all the same: the server says what it misses in it, or does it. */
function grpc(socket, call) {
  return new Promise((resolve) => {
    const session = http2.connect('http://gaffer.test', { createConnection: () => socket });
    const end = (word) => {
      resolve(word);
      session.destroy();
    };
    session.once('error', (error) => end(`refused: ${error.code}`));
    session.once('close', () => end('refused: closed'));
    const stream = session.request({
      ':method': 'POST',
      ':path': `/temporal.api.workflowservice.v1.WorkflowService/${call}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.once('error', (error) => end(`refused: ${error.code}`));
    const answered = (headers) => {
      if (headers['grpc-status'] !== undefined) end(`answered: ${headers['grpc-status']}`);
    };
    stream.on('response', answered).on('trailers', answered).resume();
    stream.end(Buffer.alloc(5));
  });
}

function plain(path, method) {
  return new Promise((resolve) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      response.resume();
      resolve(`${response.statusCode < 400 ? 'answered' : 'refused'}: ${response.statusCode}`);
    });
    request.once('error', (error) => resolve(`refused: ${error.code}`));
    request.end();
  });
}
