import { NativeConnection } from '@temporalio/worker';
import { workerOptionsOf, type TemporalTarget } from '../domain/temporal-target.ts';
import { reachTemporal } from '../host/front/reach-temporal.ts';

/** A worker's connection to Temporal. */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  return NativeConnection.connect(workerOptionsOf(await reachTemporal(target)));
}

const keyword = 2;
const int = 3;
const double = 4;
const keywordList = 7;

/** What lists of runs can be filtered by, with Temporal's types. */
const searchAttributes = {
  GafferWorkflow: keyword,
  GafferStatus: keyword,
  GafferPhase: keyword,
  GafferAgent: keywordList,
  GafferTokens: int,
  GafferCostUsd: double,
  GafferGrade: double,
} as const;

/** Sees to our search attributes. @returns whether the namespace has them all; where they cannot be created we go without */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(searchAttributes).filter(([name]) => !customAttributes?.[name]);
    if (missing.length === 0) return true;
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
    return true;
  } catch {
    return false;
  }
}
