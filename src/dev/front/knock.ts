import { request } from 'node:http';
import { frontedName, type TemporalTarget } from '../../domain/temporal-target.ts';
import { credentialsOf } from '../../host/front/knock-line.ts';
import { isOwnSocket } from '../../host/front/reach-temporal.ts';
import { isListening } from '../../host/ports.ts';

/** Whether somebody serves there, behind the front if there is one: quicker to say no than the SDK's connection. */
export function isServed({ address, socket, password = '' }: TemporalTarget, timeoutMs = 5_000): Promise<boolean> {
  if (socket === undefined) return isListening(Number(address.split(':')[1]));
  if (!isOwnSocket(socket)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const knock = request({
      ...{ socketPath: socket, method: 'CONNECT', path: frontedName, agent: false, timeout: timeoutMs },
      headers: { host: frontedName, 'proxy-authorization': credentialsOf(password) },
    });
    knock.once('connect', ({ statusCode }, connection) => {
      connection.destroy();
      resolve(statusCode === 200);
    });
    knock.once('response', () => knock.destroy());
    knock.once('timeout', () => knock.destroy());
    knock.once('error', () => resolve(false));
    knock.once('close', () => resolve(false));
    knock.end();
  });
}
