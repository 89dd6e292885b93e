import { Client, Connection, type ClientInterceptors } from '@temporalio/client';
import { clientOptionsOf, type TemporalTarget } from '../../domain/temporal-target.ts';
import { reachTemporal } from '../../host/front/reach-temporal.ts';
import { dataConverterOf } from '../../host/payloads/data-converter.ts';
import { OpenCalls } from './open-calls.ts';

/** Temporal, connected. Questions go through `calls`, so that none is left open when it is closed. */
export interface TemporalConnection {
  client: Client;
  calls: OpenCalls;
  target: TemporalTarget;
  close(): Promise<void>;
}

/** Connects to Temporal; gives up after 5 s. */
export async function connectTemporal(
  target: TemporalTarget,
  interceptors: ClientInterceptors = {},
): Promise<TemporalConnection> {
  const options = clientOptionsOf(await reachTemporal(target));
  const connection = await Connection.connect({ ...options, connectTimeout: '5 s' });
  const client = new Client({ connection, namespace: target.namespace, interceptors, ...dataConverterOf(target) });
  const calls = new OpenCalls(client);
  return { client, calls, target, close: () => calls.close() };
}
