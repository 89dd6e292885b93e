import { Agent, request } from 'undici';
import { UnreachableError } from '../../domain/errors.ts';
import type { AccountFacts, GatewayFacts } from '../../models/gateway/gateway-facts.ts';
import { type ModelAccount, timeoutsOf } from '../../models/provider.ts';
import type { Sql } from '../../store/database/sql.ts';
import { endToken, issueWorkerToken, renewWorkerToken } from '../../store/gateway/tokens.ts';
import type { ModelSettings } from '../models.ts';

/** The gateway of a worker. */
export interface WorkerGateway {
  /** Path of the Unix socket that it listens on; its folder holds nothing else. */
  socket: string;
  /** Resolves when it is up; starts it where this process may. @throws StackError; the signal's reason */
  ready(signal?: AbortSignal): Promise<void>;
  /** Whether our own agents' models are asked through it, too; a scripted model, which dies with its worker, is not. Default: no. */
  asksModels?: boolean;
}

/** How often a worker says that it lives that asks models, in ms. */
const renewEveryMs = 60_000;

/** A worker gives up later than the gateway does, which knows why. */
const laterMs = 15_000;

/**
 * The accounts of a worker as a gateway has them: the worker has names, and what lets it in; keys it has none.
 *
 * @param name who the worker is: a token that it had before ends
 * @returns also what ends its token, with the worker
 * @throws UnreachableError when the gateway cannot be asked, or does not know this worker's database
 */
export async function accountsOfGateway(
  settings: ModelSettings,
  gateway: WorkerGateway,
  { sql, name }: { sql: Sql; name: string },
): Promise<{ settings: ModelSettings; end: () => Promise<void> }> {
  const [token] = await Promise.all([issueWorkerToken(sql, name), gateway.ready()]);
  const keepToken = tokenKeeper(() => renewWorkerToken(sql, token, name));
  const facts = await askFacts(gateway.socket, token);
  const toAccount = ({ gate, ...account }: AccountFacts): ModelAccount => ({
    ...later({ ...account, apiKey: token }),
    gateway: { socket: gateway.socket, gate },
  });
  const accounts = Object.entries(facts.accounts).map(([provider, each]) => [provider, toAccount(each)] as const);
  return {
    settings: {
      ...{ ...settings, accounts: Object.fromEntries(accounts) },
      async gatewayReady(signal) {
        await Promise.all([gateway.ready(signal), keepToken()]);
      },
    },
    end: () => endToken(sql, token),
  };
}

/** Says before a call that the worker lives, once a minute: by the clock, as a machine that slept may have to say so at once. */
function tokenKeeper(renew: () => Promise<void>): () => Promise<void> {
  let renewedAt = Date.now();
  return async () => {
    const now = Date.now();
    if (Math.abs(now - renewedAt) < renewEveryMs) return;
    await renew();
    renewedAt = now;
  };
}

function later(account: ModelAccount): ModelAccount {
  const { firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs } = timeoutsOf(account);
  return {
    ...account,
    firstByteTimeoutMs: firstByteTimeoutMs + laterMs,
    idleTimeoutMs: idleTimeoutMs + laterMs,
    totalTimeoutMs: totalTimeoutMs + laterMs,
  };
}

async function askFacts(socket: string, token: string): Promise<GatewayFacts> {
  const dispatcher = new Agent({ connect: { socketPath: socket } });
  try {
    const headers = { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request('http://gateway/provider', { dispatcher, headers });
    const text = await body.text();
    if (statusCode === 200) return JSON.parse(text) as GatewayFacts;
    throw new Error(
      statusCode === 401 ? 'it does not know this worker: has it another database?' : `status ${statusCode}`,
    );
  } catch (error) {
    throw new UnreachableError(`the gateway of models cannot be asked: ${(error as Error).message}`, { cause: error });
  } finally {
    await dispatcher.close();
  }
}
