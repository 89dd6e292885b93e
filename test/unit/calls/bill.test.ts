import { describe, expect, it } from 'vitest';
import { billOf, toKeptUsage } from '../../../src/calls/bill.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { noUsage } from '../../../src/domain/money/usage.ts';
import { worstCaseOf } from '../../../src/models/estimate.ts';
import { aRequest } from '../models/model-fixture.ts';

const request = aRequest({ maxTokens: 500 });
const price = tableFacts('claude-haiku-4-5')!.price!;
const { tokens, nanoUsd } = worstCaseOf(request, price);
const call = { price, request, reserved: { tokens } };

describe('the bill of a call', () => {
  it('is what the provider told', () => {
    const usage = { ...noUsage, inputTokens: 400, outputTokens: 5 };
    expect(billOf(usage, call)).toEqual({ usage, tokens: 405, cost: 400 * price.input + 5 * price.output });
  });

  it('is what was reserved where it told nothing that can be, and says so', () => {
    const bill = billOf({ ...noUsage, unknown: ['input', 'output'] }, call);
    expect(bill).toMatchObject({ tokens, cost: nanoUsd, estimated: ['input', 'output'] });
    expect(toKeptUsage(bill)).toMatchObject({ outputTokens: 500, estimated: ['input', 'output'] });
  });

  it('keeps the side that is known', () => {
    const output = billOf({ ...noUsage, inputTokens: 7, unknown: ['output'] }, call);
    expect(output).toMatchObject({ cost: 7 * price.input + 500 * price.output, estimated: ['output'] });
    const input = billOf({ ...noUsage, outputTokens: 7, unknown: ['input'] }, call);
    expect(input.cost).toBe(nanoUsd - 500 * price.output + 7 * price.output);
  });

  it('counts what a cache keeps for an hour at its own price, and keeps that', () => {
    const usage = { ...noUsage, cacheWriteTokens: 100 };
    const bill = billOf({ ...usage, cacheHourTokens: 60 }, call);
    expect(bill).toMatchObject({ usage, tokens: 100, cost: 40 * price.cacheWrite + 60 * 2 * price.input });
    expect(bill.usage).not.toHaveProperty('cacheHourTokens');
    expect(toKeptUsage(bill)).toEqual({ ...usage, cacheHourTokens: 60 });
  });

  it('of a question that is to be cached for an hour is, where nothing was told, at the price of that', () => {
    const asking = { ...call, request: { maxTokens: 500, cachesForHour: true } };
    const bill = billOf({ ...noUsage, unknown: ['input', 'output'] }, asking);
    expect(bill.cost).toBe((tokens - 500) * 2 * price.input + 500 * price.output);
  });

  it('is what came, where that was looked at, and says that it is estimated', () => {
    const bill = billOf({ ...noUsage, inputTokens: 7, unknown: ['output'], came: 12 }, call);
    expect(bill).toMatchObject({ cost: 7 * price.input + 12 * price.output, tokens: 19, estimated: ['output'] });
    expect(toKeptUsage(bill)).not.toHaveProperty('came');
    expect(billOf({ ...noUsage, inputTokens: 7, outputTokens: 9, came: 12 }, call).tokens).toBe(16);
  });

  it('is never less than what was told, where not all was told', () => {
    const told = { ...noUsage, cacheReadTokens: 9_000_000, outputTokens: 7 };
    const bill = billOf({ ...told, unknown: ['input'] }, call);
    expect(bill).toMatchObject({ usage: told, estimated: ['input'] });
    expect(bill.cost).toBe(9_000_000 * price.cacheRead + 7 * price.output);
  });
});
