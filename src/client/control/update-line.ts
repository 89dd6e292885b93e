import type { Client } from '@temporalio/client';

/** Temporal lets ten updates be on their way to an execution and refuses others for a moment; some places are left to other programs. */
const mostAtOnce = 8;

interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

const lines = new WeakMap<Client, Map<string, Line>>();

/** Sends an update when its turn has come: those of this process to one run wait for each other, in their order. */
export async function inLine<Result>(client: Client, runId: string, send: () => Promise<Result>): Promise<Result> {
  const all = lines.get(client) ?? new Map<string, Line>();
  lines.set(client, all);
  const line = all.get(runId) ?? { underWay: 0, waiting: [] };
  all.set(runId, line);
  if (line.underWay < mostAtOnce) line.underWay++;
  // Whoever leaves hands its place on.
  else await new Promise<void>((resolve) => line.waiting.push(resolve));
  try {
    return await send();
  } finally {
    const next = line.waiting.shift();
    if (next) next();
    else if (--line.underWay === 0) all.delete(runId);
  }
}
