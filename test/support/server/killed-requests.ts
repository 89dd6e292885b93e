import type { WorkerStore } from '../../../src/store/open-store.ts';

/** Makes all requests what a kill leaves of them: claims without answers, whose leases have run out. `noted`: in SQL; default: what was. */
export async function killRequests({ sql }: Pick<WorkerStore, 'sql'>, noted = 'noted'): Promise<void> {
  await sql.query(
    `update idempotency set status = null, headers = null, body = null, leased_until = clock_timestamp(), noted = ${noted}`,
  );
}
