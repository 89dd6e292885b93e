import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GatewaySettings } from '../../../src/gateway/gateway.ts';

/** A gateway that can be killed. */
export interface GatewayProcess {
  url: string;
  signal(name: NodeJS.Signals): void;
  /** Kills it as it stands. */
  kill(): Promise<void>;
}

const main = fileURLToPath(new URL('gateway-main.mjs', import.meta.url));

/** Starts a gateway in a process of its own. */
export async function spawnGateway(settings: Omit<GatewaySettings, 'say'>): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [main], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GAFFER_TEST_GATEWAY: JSON.stringify(settings) },
  });
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  return {
    url,
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const piece of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
    text += piece;
    if (text.includes('\n')) return text.split('\n', 1)[0]!;
  }
  throw new Error(`the gateway ended before it said where it is (${child.exitCode})`);
}
