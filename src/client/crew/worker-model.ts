import { UsageError } from '../../domain/errors.ts';

/** How a worker's model is reached. */
export interface WorkerModel {
  apiKey: string;
  /** Default: Anthropic's own. */
  baseURL?: string;
  /** How long it may take to begin an answer, in ms, in whole seconds up to 900,000; default: `GAFFER_MODEL_FIRST_BYTE`, or 60,000. */
  firstByteTimeoutMs?: number;
  /** How long it may be silent inside of an answer, in ms, in whole seconds up to 600,000; default: `GAFFER_MODEL_IDLE`, or 60,000. */
  idleTimeoutMs?: number;
}

/**
 * The same as variables of the environment.
 *
 * @throws UsageError when it is not what it must be
 */
export function variablesOf(model: WorkerModel | undefined): Record<string, string> {
  if (model === undefined) return {};
  const { apiKey, baseURL, firstByteTimeoutMs, idleTimeoutMs } = model;
  if (typeof apiKey !== 'string' || apiKey.trim() === '') {
    throw new UsageError('createWorker: model.apiKey must be a key, such as of process.env.ANTHROPIC_API_KEY.');
  }
  return {
    ANTHROPIC_API_KEY: apiKey,
    ...(baseURL !== undefined && { ANTHROPIC_BASE_URL: baseURL }),
    ...(firstByteTimeoutMs !== undefined && {
      GAFFER_MODEL_FIRST_BYTE: seconds('firstByteTimeoutMs', firstByteTimeoutMs, 900),
    }),
    ...(idleTimeoutMs !== undefined && { GAFFER_MODEL_IDLE: seconds('idleTimeoutMs', idleTimeoutMs, 600) }),
  };
}

function seconds(name: keyof WorkerModel, ms: number, most: number): string {
  const value = ms / 1000;
  if (Number.isInteger(value) && value >= 1 && value <= most) return `${value}s`;
  const example = `from 1000 to ${most * 1000}, such as 90_000`;
  throw new UsageError(`createWorker: model.${name} must be whole seconds in ms ${example}, and is ${String(ms)}.`);
}
