import { describe, expect, it } from 'vitest';
import { attemptName, toSpanId, toTraceId } from '../../../../src/domain/tracing/span-ids.ts';
import { readCarrier, readTraceParent, toCarrier } from '../../../../src/domain/tracing/trace-parent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('readTraceParent', () => {
  it('reads what toCarrier writes', () => {
    const parent = { traceId, spanId, isSampled: true, state: 'vendor=1' };
    const { traceparent, tracestate } = toCarrier(parent);
    expect(traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(readTraceParent(traceparent, tracestate)).toEqual(parent);
  });

  it('takes a later version by its first four parts', () => {
    expect(readTraceParent(`cc-${traceId}-${spanId}-00-more`)).toEqual({ traceId, spanId, isSampled: false });
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['the version that is none', `ff-${traceId}-${spanId}-01`],
    ['more than the first version has', `00-${traceId}-${spanId}-01-more`],
    ['a line more', `00-${traceId}-${spanId}-01\n`],
    ['what is far too long', `cc-${traceId}-${spanId}-01-${'x'.repeat(500)}`],
  ])('takes %s for no trace', (_what, value) => {
    expect(readTraceParent(value)).toBeNull();
  });

  it('leaves a state out that cannot be passed on', () => {
    expect(readTraceParent(`00-${traceId}-${spanId}-01`, 'a=1\r\nSet-Cookie: x')).not.toHaveProperty('state');
    expect(readTraceParent(`00-${traceId}-${spanId}-01`, 'x'.repeat(513))).not.toHaveProperty('state');
  });
});

describe('readCarrier', () => {
  it('takes when a run began only as a time', () => {
    const carrier = toCarrier({ traceId, spanId, isSampled: true });
    expect(readCarrier({ ...carrier, began: 1_700_000_000_000 })).toHaveProperty('began', 1_700_000_000_000);
    for (const began of ['x', -1, 1.5, Number.NaN])
      expect(readCarrier({ ...carrier, began })).not.toHaveProperty('began');
    expect(readCarrier('text')).toBeNull();
  });
});

describe('ids of spans', () => {
  it('are those of W3C, the same for the same name, and others for others', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => toSpanId(attemptName('run/1', `task-${index}`, 1)));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(toSpanId('a')).toBe(toSpanId('a'));
  });

  it('make a trace of the id that Temporal gave, or of any other', () => {
    expect(toTraceId('4bf92f35-77b3-4da6-a3ce-929d0e0e4736')).toBe(traceId);
    expect(toTraceId('no uuid')).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });
});
