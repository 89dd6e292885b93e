import { describe, expect, it } from 'vitest';
import { startDelivering, type DeliveryDeps } from '../../../../src/server/triggers/deliver.ts';

describe('startDelivering', () => {
  it('says what hinders it, whatever that is, and goes on', async () => {
    const heard: string[] = [];
    const failures = [new TypeError('a mistake of ours'), new TypeError('a mistake of ours'), new Error('another')];
    let looked = 0;
    let hear: () => void = () => undefined;
    const goesOn = new Promise<void>((resolve) => (hear = resolve));
    const webhooks = {
      readNew: () => {
        const failure = failures[looked++];
        if (failure) return Promise.reject(failure);
        hear();
        return Promise.resolve(false);
      },
      claim: () => Promise.resolve([]),
      tidy: () => Promise.resolve(),
    };
    const delivering = startDelivering({
      ...{ webhooks, triggers: { tidy: () => Promise.resolve() }, openSecrets: () => [], way: { allow: [] } },
      ...{ say: () => undefined, everyMs: 1, logError: (error: unknown) => heard.push(String(error)) },
    } as unknown as DeliveryDeps);
    await goesOn;
    await delivering.stop();
    expect(heard).toEqual(['TypeError: a mistake of ours', 'Error: another']);
  });
});
