import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../domain/errors.ts';
import { isLoopback } from '../../domain/loopback.ts';
import type { PayloadKeys } from '../../domain/temporal-target.ts';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import { withSignals } from '../base/with-session.ts';

interface Options {
  listen?: string;
  ui?: string[];
  name?: string[];
}

const defaultListen = '127.0.0.1:8081';

/** `gaffer codec-server`: opens encrypted payloads for Temporal's Web UI and for `temporal`. */
export async function codecServer(context: CommandContext, _: string[], options: Options): Promise<number> {
  const { config, terminal } = context;
  const { payloadKeys } = config;
  if (payloadKeys === null) {
    throw new UsageError('there is nothing to open: set GAFFER_PAYLOAD_KEYS as the workers have it.');
  }
  const [{ createCodecServer }, { createPayloadCodec }] = await Promise.all([
    import('../../host/payloads/codec-server.ts'),
    import('../../host/payloads/payload-keys.ts'),
  ]);
  const { host, port } = readAddress(options.listen ?? defaultListen);
  const origins = (options.ui ?? []).map(readOrigin);
  const token = await tokenOf(payloadKeys, config.codecToken);
  const own = isLoopback(host) ? ['127.0.0.1', 'localhost', '[::1]'] : [host];
  const hosts = [...own, ...(options.name ?? []).map((name) => name.toLowerCase())];
  const server = createCodecServer({ codec: createPayloadCodec(payloadKeys), token, origins, hosts });
  return withSignals(context, async ({ signal }) => {
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port, exclusive: true });
    await once(server, 'listening').catch((error: Error) => {
      throw new UsageError(`--listen ${host}:${port}: ${error.message}`, { cause: error });
    });
    const address = `http://${host}:${(server.address() as AddressInfo).port}`;
    terminal.out(`${address}/${token}\n`);
    const from = origins.length > 0 ? `pages of ${origins.join(', ')}` : 'no page in a browser (--ui ORIGIN)';
    terminal.err(
      `Codec server for ${from} and \`temporal --codec-endpoint\`. Who has this address can read what is encrypted.\n`,
    );
    await whenAborted(signal);
    server.closeAllConnections();
    server.close();
    return exitCodes.succeeded;
  });
}

// The same at each start, so that the Web UI can keep it; it tells nothing of the key.
async function tokenOf({ keys }: PayloadKeys, given: string | null): Promise<string> {
  if (given !== null) return given;
  const { deriveKey } = await import('../../host/payloads/payload-keys.ts');
  return deriveKey(Object.values(keys)[0]!, 'gaffer codec token').toString('base64url');
}

function readAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new UsageError(`--listen "${text}": HOST:PORT, such as ${defaultListen}.`);
  return { host: host.toLowerCase(), port: Number(port) };
}

function readOrigin(text: string): string {
  const origin = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? new URL(text).origin : null;
  if (origin === null)
    throw new UsageError(`--ui "${text}": the address of the Web UI, such as https://temporal.example.org.`);
  return origin;
}
