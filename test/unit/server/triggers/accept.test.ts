import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { triggerOwner } from '../../../../src/client/hooks/triggers.ts';
import { createSecretBox } from '../../../../src/host/payloads/sealed-secret.ts';
import { toProblem } from '../../../../src/server/problem.ts';
import { acceptDelivery, type AcceptDeps } from '../../../../src/server/triggers/accept.ts';

const [here, there] = ['a', 'b'].map((letter) => createSecretBox(null, () => letter.repeat(64)));
const secret = 'a-secret-of-a-forge';

async function answerTo(name: string, { body = '{}', box = here! } = {}) {
  const said: string[] = [];
  const sealed = box.seal(secret, triggerOwner('default', 'pr'));
  const trigger = {
    ...{ tenant: 'default', name: 'pr', scheme: { kind: 'github' }, state: 'active' },
    ...{ secrets: [{ sealed, until: null }], mapping: {} },
  };
  const deps = {
    triggers: {
      find: async (_: string, asked: string) => (asked === 'pr' ? trigger : undefined),
      startedBy: () => null,
    },
    ...{ hooks: async () => ({ box: here }), say: (line: string) => said.push(line) },
  } as unknown as AcceptDeps;
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const header = (key: string) => (key === 'x-hub-signature-256' ? signature : undefined);
  const arrival = { raw: { header, body: Buffer.from(body), at: 0 }, isFor: () => {} };
  const problem = await acceptDelivery(deps, name, arrival).catch(toProblem);
  return { problem, said };
}

it('tells who proves nothing the same, also where the secret cannot be opened here, and says so here', async () => {
  const [missing, sealedElsewhere] = [await answerTo('nope'), await answerTo('pr', { box: there! })];
  expect(sealedElsewhere.problem).toEqual(missing.problem);
  expect(missing.problem).toMatchObject({ status: 401, code: 'unproven-delivery' });
  expect([missing.said, sealedElsewhere.said]).toEqual([[], [expect.stringContaining('default/pr')]]);
});

it('bounds a signed body as any other', async () => {
  const deep = `{"a":${'['.repeat(100)}${']'.repeat(100)}}`;
  expect((await answerTo('pr', { body: deep })).problem).toMatchObject({ status: 400, code: 'too-deep' });
  const half = '{"a":"\\ud800"}';
  expect((await answerTo('pr', { body: half })).problem).toMatchObject({ status: 422, code: 'invalid' });
});
