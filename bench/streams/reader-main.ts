import { Agent, request } from 'node:http';

// Many readers of streams in a process of their own: their CPU counts to nobody's commits, but shares the machine.

/** Who reads: `count` readers, spread over services and runs. */
export interface ReadersWanted {
  urls: string[];
  runIds: string[];
  count: number;
}

/** What they got since they were asked last. */
export interface ReadCounts {
  /** From the beginning of an event's transaction until a reader had it, in ms. */
  latenciesMs: number[];
  /** Events that were not the next ones. */
  outOfOrder: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const open = new Set<() => void>();
let counts: ReadCounts = { latenciesMs: [], outOfOrder: 0 };

process.on('message', (message: 'counts' | 'close' | { readers: ReadersWanted }) => {
  if (message === 'counts') {
    process.send!(counts);
    counts = { latenciesMs: [], outOfOrder: 0 };
  } else if (message === 'close') {
    for (const close of open) close();
    open.clear();
    process.send!('closed');
  } else void begin(message.readers);
});
process.once('disconnect', () => process.exit(0));
process.send!('ready');

async function begin({ urls, runIds, count }: ReadersWanted): Promise<void> {
  const at = (index: number): string => `${urls[index % urls.length]}/api/runs/${runIds[index % runIds.length]}/events`;
  for (let begun = 0; begun < count; begun += 25) {
    const some = Array.from({ length: Math.min(25, count - begun) }, (_, index) => read(at(begun + index)));
    await Promise.all(some);
  }
  process.send!('reading');
}

/** Settles when the stream has begun. */
function read(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${url}: ${response.statusCode}`));
      response.setEncoding('utf8');
      let text = '';
      let last: number | null = null;
      response.once('data', () => resolve());
      response.on('data', (piece: string) => {
        const now = Date.now();
        const events = `${text}${piece}`.split('\n\n');
        text = events.pop()!;
        for (const event of events) last = note(event, last, now);
      });
      response.on('error', () => undefined);
    });
    asked.once('error', reject);
    asked.end();
    open.add(() => {
      asked.off('error', reject);
      asked.on('error', () => undefined);
      asked.destroy();
    });
  });
}

function note(event: string, last: number | null, now: number): number | null {
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (data === undefined) return last;
  const { seq, at } = JSON.parse(data) as { seq: number; at: string };
  if (last !== null && seq !== last + 1) counts.outOfOrder++;
  counts.latenciesMs.push(now - Date.parse(at));
  return seq;
}
