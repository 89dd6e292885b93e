import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PayloadKeys } from '../../../../src/domain/temporal-target.ts';
import { dataConverterOf } from '../../../../src/host/payloads/data-converter.ts';
import type { Payload } from '../../../../src/host/payloads/payload-box.ts';
import { createPayloadCodec, PayloadKeyError } from '../../../../src/host/payloads/payload-keys.ts';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const owner = { workflowId: 'w' };
const plain = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(text),
});
const codecOf = (keys: PayloadKeys['keys'], current: string | null) => createPayloadCodec({ keys, current });
const encrypt = (text: string, by = owner): Promise<Payload[]> => codecOf({ one }, 'one').encode([plain(text)], by);

describe('encrypted payloads', () => {
  it('show their key and nothing of what is in them, and no two are alike', async () => {
    const [first, second] = [await encrypt('{"a":"secret"}'), await encrypt('{"a":"secret"}')];
    const text = JSON.stringify(first[0], (_, value: unknown) =>
      (value as { type?: string }).type === 'Buffer' ? Buffer.from(value as Uint8Array).toString('latin1') : value,
    );
    expect(text).toContain('one');
    expect(text).not.toMatch(/secret|json|"w"/);
    expect(first[0]!.data).not.toEqual(second[0]!.data);
  });

  it('are opened by every key that is there, and written by one', async () => {
    const written = await encrypt('1');
    const rotated = codecOf({ two, one }, 'two');
    expect(await rotated.decode(written, owner)).toEqual([plain('1')]);
    const anew = await rotated.encode([plain('2')], owner);
    expect(await codecOf({ two }, null).decode(anew, owner)).toEqual([plain('2')]);
    await expect(codecOf({ one }, 'one').decode(anew, owner)).rejects.toThrow(
      'encrypted with the key "two", which is not there: add it to GAFFER_PAYLOAD_KEYS',
    );
  });

  it('are read beside plain ones, which stay plain without a key that writes', async () => {
    const reads = codecOf({ one }, null);
    expect(await reads.encode([plain('1')], owner)).toEqual([plain('1')]);
    expect(await reads.decode([plain('1'), ...(await encrypt('2'))], owner)).toEqual([plain('1'), plain('2')]);
  });

  it.each([
    ['the same one', 'w', true],
    ['another one', 'x', false],
    ['one with a longer id', 'w-2', false],
    ['what a schedule made of it', 'w-2026-11-29T12:00:00Z', true],
  ])('that were written for a workflow are opened in %s', async (_, workflowId, isOpened) => {
    const opened = codecOf({ one }, 'one').decode(await encrypt('1'), { workflowId });
    if (isOpened) await expect(opened).resolves.toEqual([plain('1')]);
    else await expect(opened).rejects.toThrow(`encrypted for another workflow stands in ${workflowId}`);
  });

  it('of a codec server are for any workflow', async () => {
    const written = await codecOf({ one }, 'one').encode([plain('1')]);
    expect(await codecOf({ one }, 'one').decode(written, owner)).toEqual([plain('1')]);
  });

  it('that were changed by a bit, cut or put under another key are refused by name', async () => {
    const [written] = await encrypt('1');
    const bytes = Buffer.from(written!.data!);
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      for (const data of [changed, bytes.subarray(0, at)]) {
        await expect(codecOf({ one }, 'one').decode([{ ...written, data }], owner)).rejects.toThrow(PayloadKeyError);
      }
    }
    await expect(codecOf({ one: two }, 'one').decode([written!], owner)).rejects.toThrow('another key of that id');
  });

  it('lie inside of the seal of a home', async () => {
    const seal = { secret: 'of the home', seals: true, plainRuns: ['old'] };
    const payloadKeys = { keys: { one }, current: 'one' };
    const { payloadCodecs } = dataConverterOf({ seal, payloadKeys }, { isStrict: true }).dataConverter;
    expect(payloadCodecs).toHaveLength(2);
    const [inner, outer] = payloadCodecs;
    const sealed = await outer!.encode(await inner!.encode([plain('1')], owner), owner);
    expect(await inner!.decode(await outer!.decode(sealed, owner), owner)).toEqual([plain('1')]);
    // What was encrypted before there was a seal, in a run that was alive then.
    const before = await encrypt('1', { workflowId: 'old' });
    expect(await outer!.decode(before, { workflowId: 'old' })).toEqual(before);
  });
});
