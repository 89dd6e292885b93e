import type { Script } from '../src/testing/index.ts';
import { startScriptedModel } from '../src/testing/index.ts';
import type { Cell } from './cell.ts';
import type { TokenScript } from './model-script.ts';
import {
  benchScript,
  codingScript,
  graphScript,
  idleScript,
  tokensScript,
  wakingScript,
  workstreamScript,
} from './model-script.ts';

// The scripted model in a process of its own: its CPU must not count as anybody's.

/** What became of the calls since the last script. */
export interface ModelCounts {
  calls: number;
  answered: number;
  /** Calls that differ in their bodies: fewer than `calls` means that something was asked twice. */
  distinct: number;
  /** That were sent, whatever of them was cached. */
  inputTokens: number;
  /** When each came, in ms since 1970. */
  times: number[];
  /** When each was made first, by its key in the run. */
  firstAt: Record<string, number>;
}

const server = await startScriptedModel({ rules: [] });

type Wanted =
  | { cell: Cell }
  | { graph: true }
  | { idle: true }
  | { workstreams: true }
  | { coding: true }
  | { tokens: TokenScript }
  | { waking: { questions: number } };

process.on('message', (request: Wanted | 'counts') => {
  if (request === 'counts') return process.send!(counts());
  server.requests.length = 0;
  server.setScript(scriptOf(request));
  return process.send!('set');
});
process.once('disconnect', () => process.exit(0));
process.send!({ baseURL: server.url, apiKey: server.apiKey });

function scriptOf(request: Wanted): Script {
  if ('tokens' in request) return tokensScript(request.tokens);
  if ('waking' in request) return wakingScript(request.waking);
  if ('idle' in request) return idleScript;
  if ('coding' in request) return codingScript;
  if ('cell' in request) return benchScript(request.cell);
  return 'graph' in request ? graphScript : workstreamScript;
}

function counts(): ModelCounts {
  const { requests } = server;
  const usages = requests.flatMap(({ usage }) => usage ?? []);
  const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0);
  return {
    calls: requests.length,
    answered: requests.filter((request) => request.outcome === 'answered').length,
    distinct: new Set(requests.map((request) => request.key)).size,
    inputTokens: sum(usages.map((each) => each.inputTokens + each.cacheReadTokens + each.cacheWriteTokens)),
    times: requests.map((request) => request.at),
    firstAt: Object.fromEntries(requests.toReversed().map(({ callKey, at }) => [callKey?.replace(/^[^/]*\//, ''), at])),
  };
}
