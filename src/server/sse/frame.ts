import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { safeJson } from '../../domain/safe-text.ts';

/** Longest event on the wire with its id, in bytes. */
const mostBytes = 8192;
/** What of that an id, field names and line breaks may take. */
const forTheRest = 1024;

/** Texts and lists are cut to these, one after the other, until an event fits. */
const cuts = [
  { text: 1000, items: 100 },
  { text: 300, items: 40 },
  { text: 100, items: 20 },
  { text: 40, items: 10 },
];

const encoder = new TextEncoder();
/** The same event goes to many readers: its text is made once for as long as somebody keeps the event. */
const texts = new WeakMap<object, string>();

/** An event of a stream, as it is sent: one write. `event` left out: `onmessage` of an `EventSource` gets it. */
export function toFrame({ id, event, data }: { id?: string; event?: string; data: string }): Uint8Array {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`;
  return encoder.encode(`${head}data: ${data}\n\n`);
}

/** What readers pass over: it says that the stream lives. */
export const lifeSign: Uint8Array = encoder.encode(': \n\n');

/** The first words of a stream: after how long a lost one is asked for again, in ms. */
export function retryHint(afterMs: number): Uint8Array {
  return encoder.encode(`retry: ${afterMs}\n\n`);
}

/** A value as the one line of an event; one that is too long is shortened, says so (`shortened`) and where the whole of it is (`link`). */
export function toData(value: object, link: string): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = fit(value, link);
  texts.set(value, text);
  return text;
}

function fit(value: object, link: string): string {
  const most = mostBytes - forTheRest;
  const whole = safeJson(value);
  if (Buffer.byteLength(whole) <= most) return whole;
  for (const cut of cuts) {
    const short = safeJson({ ...(shorten(value as JsonObject, cut) as JsonObject), shortened: true, link });
    if (Buffer.byteLength(short) <= most) return short;
  }
  const { type = null, seq = null, at = null } = value as JsonObject;
  return safeJson({ type, seq, at, shortened: true, link });
}

function shorten(value: JsonValue, cut: { text: number; items: number }): JsonValue {
  if (typeof value === 'string') return value.length > cut.text ? `${value.slice(0, cut.text)}…` : value;
  if (Array.isArray(value)) return value.slice(0, cut.items).map((each) => shorten(each, cut));
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).slice(0, cut.items);
  return Object.fromEntries(fields.map(([name, each]) => [name.slice(0, 100), shorten(each!, cut)]));
}
