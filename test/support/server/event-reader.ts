/** An event as it came over the wire. */
export interface WireEvent {
  id: string | null;
  event: string | null;
  data: Record<string, unknown> & { type: string };
  /** Its length with its id, in bytes. */
  bytes: number;
}

/** Reads a stream of events by whole writes, as the service promises them: a write that is not one whole event, hint or sign of life is an error. */
export async function* readEvents(response: Response): AsyncGenerator<WireEvent> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const text = new TextDecoder('utf-8', { fatal: true }).decode(value);
      if (!text.endsWith('\n\n') || text.indexOf('\n\n') !== text.length - 2)
        throw new Error(`no whole event: ${text}`);
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null;
      const data = field('data');
      if (data === null) continue;
      yield { id: field('id'), event: field('event'), data: JSON.parse(data), bytes: value.length };
    }
  } finally {
    await reader.cancel();
  }
}

/** Reads on until so many events have come, or the stream ended. */
export async function takeEvents(response: Response, count = Number.POSITIVE_INFINITY): Promise<WireEvent[]> {
  const taken: WireEvent[] = [];
  if (count === 0) return taken;
  for await (const event of readEvents(response)) {
    taken.push(event);
    if (taken.length >= count) break;
  }
  return taken;
}
