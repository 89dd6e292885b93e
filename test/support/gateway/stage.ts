import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Gateway, GatewaySettings } from '../../../src/gateway/gateway.ts';
import { startGateway } from '../../../src/gateway/start-gateway.ts';
import type { AttemptGrant } from '../../../src/store/gateway/tokens.ts';
import { issueToken, issueWorkerToken } from '../../../src/store/gateway/tokens.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { plan as planOf } from '../plan/builders.ts';
import type { StoreRun } from '../store/store-run.ts';
import { openStoreRun } from '../store/store-run.ts';
import type { TestDatabase } from '../store/database.ts';
import { useTestStore } from '../store/test-store.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { spawnGateway } from './gateway-process.ts';
import type { TestProvider } from './provider.ts';
import { startProvider } from './provider.ts';

/** An attempt whose agent asks through a gateway. */
interface StagedAttempt {
  run: StoreRun;
  grant: AttemptGrant;
  token: string;
  /** Asks a wire, `/v1/messages` unless told otherwise. */
  ask: (body: object | string, more?: AskMore) => Promise<Response>;
}

/** How an agent asks. */
interface AskMore {
  gateway?: { url: string | null };
  path?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** What the tests of the gateway stand on: a store, a provider, and gateways between them. */
export interface GatewayStage {
  store(): WorkerStore;
  database(): TestDatabase;
  provider(): TestProvider;
  gateway(more?: Partial<GatewaySettings>): Promise<Gateway>;
  /** A gateway in a process of its own. */
  process(more?: Partial<GatewaySettings>): Promise<GatewayProcess>;
  /** A worker's token. */
  worker(name: string): Promise<string>;
  attempt(plan?: Partial<Plan>, grant?: Partial<AttemptGrant>): Promise<StagedAttempt>;
  /** Spent, used and held back of a run. */
  money(run: StoreRun): Promise<{ nano: number; tokens: number; held: number }>;
  story(run: StoreRun): Promise<string[]>;
  /** What gateways said to their operators. */
  said: string[];
}

/** A model of the table: $1 for a million tokens that are sent, $5 for a million that are answered. */
export const model = 'claude-haiku-4-5';

/** Sets a {@link GatewayStage} up for the tests of a file; what a test starts is ended behind it. */
export function useGateway(): GatewayStage {
  let store: WorkerStore;
  let database: TestDatabase;
  let provider: TestProvider;
  const open: Gateway[] = [];
  const processes: GatewayProcess[] = [];
  const said: string[] = [];
  useTestStore((opened) => ({ store, database } = opened));
  beforeAll(async () => void (provider = await startProvider()));
  afterAll(() => provider.close());
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close(0);
    for (const each of processes.splice(0)) await each.kill();
    provider.asked.length = 0;
  });
  const settings = (): Omit<GatewaySettings, 'say'> => {
    const account = { apiKey: 'sk-the-real-key', baseURL: provider.url };
    return {
      databaseUrl: database.url,
      accounts: { anthropic: account, openai: { ...account, baseURL: `${provider.url}/v1` } },
      ...{ listen: { host: '127.0.0.1', port: 0 }, id: randomUUID() },
    };
  };
  const gateway: GatewayStage['gateway'] = async (more = {}) => {
    const started = await startGateway({ ...settings(), say: (line) => said.push(line), ...more });
    open.push(started);
    return started;
  };
  return {
    ...{ gateway, said, store: () => store, database: () => database, provider: () => provider },
    async process(more = {}) {
      const started = await spawnGateway({ ...settings(), ...more });
      processes.push(started);
      return started;
    },
    worker: (name) => issueWorkerToken(store.sql, name),
    async attempt(plan = {}, grant = {}) {
      const run = await openStoreRun(store, planOf(plan), null);
      const whole: AttemptGrant = {
        ...{ no: run.frozen.no, taskId: 'one', attempt: 1, epoch: 0, agent: 'worker', phase: null },
        ...{ models: [{ model }, { model: 'gpt-5', provider: 'openai' }] },
        ...grant,
      };
      const token = (await issueToken(store, whole))!;
      const ask: StagedAttempt['ask'] = async (body, more = {}) => {
        const to = more.gateway ?? open.at(-1) ?? processes.at(-1)!;
        const { taskId, attempt } = whole;
        const place = ['run', run.runKey, 'task', taskId, 'attempt', String(attempt)].map(encodeURIComponent).join('/');
        return fetch(`${to.url}/${place}${more.path ?? '/v1/messages'}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': token, ...more.headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          ...(more.signal && { signal: more.signal }),
        });
      };
      return { run, grant: whole, token, ask };
    },
    async money({ frozen }) {
      const { rows } = await store.sql.query<{ nano: number; tokens: number; held: number }>(
        'select spent_nano as nano, spent_tokens as tokens, reserved_nano as held from runs where no = $1',
        [frozen.no],
      );
      return rows[0]!;
    },
    story: async (run) => (await store.events.list(run.runKey)).map(({ type }) => type),
  };
}

/** A request of the Messages API. */
export function asking(text: string, more: object = {}): object {
  return { model, max_tokens: 1000, stream: true, messages: [{ role: 'user', content: text }], ...more };
}
