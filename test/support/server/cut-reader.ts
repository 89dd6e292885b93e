/** What a reader had of a story when its connection was cut. */
export interface CutReading {
  /** Numbers of the events that came whole. */
  numbers: number[];
  /** Id of the last of them; undefined: none came. */
  lastId: string | undefined;
  /** Whether the stream ended by itself, or there was nothing to come back for. */
  isOver: boolean;
}

/** Reads a stream as an `EventSource` does, and cuts its connection after so many bytes, wherever that is. */
export async function readUntilCut(
  url: string,
  { lastEventId, cutAfter }: { lastEventId: string | undefined; cutAfter: number },
): Promise<CutReading> {
  const connection = new AbortController();
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const response = await fetch(url, { headers, signal: connection.signal });
  if (response.status === 204) return { numbers: [], lastId: undefined, isOver: true };
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  let isOver = true;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const taken = value.subarray(0, cutAfter - bytes);
    bytes += taken.length;
    text += decoder.decode(taken, { stream: true });
    if (bytes < cutAfter) continue;
    isOver = false;
    connection.abort();
    break;
  }
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
  const ids = [...whole.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);
  const numbers = [...whole.matchAll(/^data: (.*)$/gm)].map(([, data]) => (JSON.parse(data!) as { seq: number }).seq);
  return { numbers, lastId: ids.at(-1), isOver };
}
