import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { foreignMark, foreignValue, questionMark } from '../../../../src/domain/foreign.ts';
import { dataConverterOf } from '../../../../src/host/payloads/data-converter.ts';

const secret = randomBytes(32).toString('base64url');
const seal = { secret, seals: true, plainRuns: ['old'] };
const codecOf = (changes: Partial<typeof seal> = {}, isStrict = true) =>
  dataConverterOf({ seal: { ...seal, ...changes } }, { isStrict }).dataConverter.payloadCodecs[1]!;
const plain = (text: string) => ({ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) });
const text = (payloads: { data?: Uint8Array | null }[]) => payloads.map(({ data }) => Buffer.from(data!).toString());
const foreign = [JSON.stringify(foreignValue)];

describe('sealed payloads', () => {
  it('are opened by whoever has the key, with all that was in them', async () => {
    const x = randomBytes(9);
    const payloads = [plain('{"a":1}'), plain(''), { metadata: { encoding: Buffer.from('binary/null'), x } }];
    const sealed = await codecOf().encode(payloads, { workflowId: 'w' });
    expect(Buffer.concat(sealed.map(({ data }) => Buffer.from(data!))).toString('latin1')).not.toContain('json/plain');
    const opened = await codecOf().decode(sealed, { workflowId: 'w' });
    expect(opened.map(({ metadata }) => Buffer.from(metadata!['encoding']!).toString())).toEqual([
      ...['json/plain', 'json/plain', 'binary/null'],
    ]);
    expect(text(opened)).toEqual(['{"a":1}', '', '']);
    expect(Buffer.from(opened[2]!.metadata!['x']!)).toEqual(x);
  });

  it.each([
    ['of another key', codecOf({ secret: 'another' }), { workflowId: 'w' }],
    ['of another workflow', codecOf(), { workflowId: 'other' }],
  ])('%s are not ours', async (_what, codec, owner) => {
    const sealed = await codec.encode([plain('1')], owner);
    expect(text(await codecOf().decode(sealed, { workflowId: 'w' }))).toEqual(foreign);
  });

  it.each([
    ['of another step', { activityId: '1' }, { activityId: '2' }],
    ['of a step', { activityId: '1' }, {}],
    ['of no step', {}, { activityId: '1' }],
  ])('%s are not ours in another place of the workflow', async (_what, from, to) => {
    const sealed = await codecOf().encode([plain('1')], { workflowId: 'w', ...from });
    expect(text(await codecOf().decode(sealed, { workflowId: 'w', ...from }))).toEqual(['1']);
    const elsewhere = await codecOf().decode(sealed, { workflowId: 'w', ...to });
    expect(text(elsewhere)).toEqual(foreign);
    expect(elsewhere[0]!.metadata).toHaveProperty(foreignMark);
  });

  it('tell what asks for a step from what answers it', async () => {
    const place = { workflowId: 'w', activityId: '1' };
    for (const isInActivity of [true, false]) {
      const { payloadCodecs } = dataConverterOf(
        { seal },
        { isStrict: true, isInActivity: () => isInActivity },
      ).dataConverter;
      const opened = await codecOf().decode(await payloadCodecs[1]!.encode([plain('1')], place), place);
      expect(text(opened)).toEqual(['1']);
      expect(questionMark in opened[0]!.metadata!).toBe(!isInActivity);
    }
  });

  it('that an earlier version made, which name no step, are opened in every one', async () => {
    // Made by the version before, with the secret `old` of workflow `w`.
    const data = Buffer.from(
      'xUdiPFeZFGyyhQ4xdpK/HSoxOFBsUdKrgKQUaTR7QFu3uJLgG10uXa3PVydvjIfWTaB6gs6a8rS+gAmi82AlThA41awraZOxGGG71/Rn6yvTx9sT',
      'base64',
    );
    const payload = { metadata: { encoding: Buffer.from('binary/gaffer-sealed') }, data };
    for (const place of [{}, { activityId: '3' }]) {
      expect(text(await codecOf({ secret: 'old' }).decode([payload], { workflowId: 'w', ...place }))).toEqual(['1']);
    }
    expect(text(await codecOf({ secret: 'old' }).decode([payload], { workflowId: 'x' }))).toEqual(foreign);
  });

  it('that were changed or cut anywhere are not ours', async () => {
    const [sealed] = await codecOf().encode([plain('12345')], { workflowId: 'w' });
    const data = Buffer.from(sealed!.data!);
    for (let at = 0; at < data.length; at++) {
      const changed = Buffer.from(data);
      changed[at]! ^= 1;
      for (const bytes of [changed, data.subarray(0, at)]) {
        expect(text(await codecOf().decode([{ ...sealed!, data: bytes }], { workflowId: 'w' }))).toEqual(foreign);
      }
    }
  });

  it('are not asked of runs that were alive before, nor of what is only looked at', async () => {
    const payloads = [plain('1')];
    expect(text(await codecOf().decode(payloads, { workflowId: 'old' }))).toEqual(['1']);
    expect(text(await codecOf().decode(payloads, { workflowId: 'new' }))).toEqual(foreign);
    expect(text(await codecOf({}, false).decode(payloads, { workflowId: 'new' }))).toEqual(['1']);
  });

  it('are not asked of what no program could read, which is not ours in any run', async () => {
    const strange = (encoding: string, data: string) => ({
      metadata: { encoding: Buffer.from(encoding) },
      data: Buffer.from(data),
    });
    const payloads = [strange('json/plain', '{'), strange('binary/else', '1'), { data: Buffer.from('1') }];
    expect(text(await codecOf().decode(payloads, { workflowId: 'old' }))).toEqual([...foreign, ...foreign, ...foreign]);
    const readable = [strange('binary/null', ''), strange('binary/plain', 'x')];
    expect(text(await codecOf().decode(readable, { workflowId: 'old' }))).toEqual(['', 'x']);
  });

  it('are still opened where nothing is sealed any more, or never was', async () => {
    const open = codecOf({ seals: false });
    const sealed = await codecOf().encode([plain('1')], { workflowId: 'w' });
    expect(text(await open.decode(sealed, { workflowId: 'w' }))).toEqual(['1']);
    expect(text(await open.encode([plain('2')]))).toEqual(['2']);
    expect(text(await open.decode([plain('2')], { workflowId: 'w' }))).toEqual(['2']);
  });
});
