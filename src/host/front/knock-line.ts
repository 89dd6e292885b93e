import { frontedName, frontUser } from '../../domain/temporal-target.ts';

/** Value of the header `proxy-authorization` that opens a door with that password. */
export function credentialsOf(password: string): string {
  return `Basic ${Buffer.from(`${frontUser}:${password}`).toString('base64')}`;
}

/** The whole request that opens such a door. */
export function knockLine(password: string): string {
  const head = [`CONNECT ${frontedName} HTTP/1.1`, `Host: ${frontedName}`];
  return [...head, `Proxy-Authorization: ${credentialsOf(password)}`, '', ''].join('\r\n');
}
