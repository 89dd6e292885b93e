import type { Script } from '../src/testing/index.ts';
import { startScriptedModel } from '../src/testing/index.ts';
import type { Cell } from './cell.ts';
import { benchScript, graphScript, workstreamScript } from './model-script.ts';

// The scripted model in a process of its own: its CPU must not count as anybody's.

/** What became of the calls since the last script. */
export interface ModelCounts {
  calls: number;
  answered: number;
  /** Calls that differ in their bodies: fewer than `calls` means that something was asked twice. */
  distinct: number;
  /** When each came, in ms since 1970. */
  times: number[];
}

const server = await startScriptedModel({ rules: [] });

process.on('message', (request: { cell: Cell } | { graph: true } | { workstreams: true } | 'counts') => {
  if (request === 'counts') return process.send!(counts());
  server.requests.length = 0;
  server.setScript(scriptOf(request));
  return process.send!('set');
});
process.once('disconnect', () => process.exit(0));
process.send!({ baseURL: server.url, apiKey: server.apiKey });

function scriptOf(request: { cell: Cell } | { graph: true } | { workstreams: true }): Script {
  if ('cell' in request) return benchScript(request.cell);
  return 'graph' in request ? graphScript : workstreamScript;
}

function counts(): ModelCounts {
  const { requests } = server;
  return {
    calls: requests.length,
    answered: requests.filter((request) => request.outcome === 'answered').length,
    distinct: new Set(requests.map((request) => request.key)).size,
    times: requests.map((request) => request.at),
  };
}
