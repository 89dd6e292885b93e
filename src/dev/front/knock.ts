import { request } from 'node:http';
import { frontedName, frontUser, type TemporalTarget } from '../../domain/temporal-target.ts';
import { isListening } from '../../host/ports.ts';

/** Whether somebody serves there, behind the front if there is one: quicker to say no than the SDK's connection. */
export function isServed({ address, password }: TemporalTarget, timeoutMs = 5_000): Promise<boolean> {
  const [host, port] = address.split(':') as [string, string];
  if (password === undefined) return isListening(Number(port));
  return new Promise((resolve) => {
    const knock = request({
      ...{ host, port, method: 'CONNECT', path: frontedName, agent: false, timeout: timeoutMs },
      headers: {
        host: frontedName,
        'proxy-authorization': `Basic ${Buffer.from(`${frontUser}:${password}`).toString('base64')}`,
      },
    });
    knock.once('connect', ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode === 200);
    });
    knock.once('response', () => knock.destroy());
    knock.once('timeout', () => knock.destroy());
    knock.once('error', () => resolve(false));
    knock.once('close', () => resolve(false));
    knock.end();
  });
}
