import { expect, it } from 'vitest';
import { mailText } from '../../../../src/domain/messages/mail-text.ts';

it('names the tool that reads the rest of a long message to agents that have it', () => {
  const mail = { id: 'm', sender: 'ann', body: 'x'.repeat(70_000), kind: 'data', fromContext: null } as const;
  const text = (canRead: boolean): string =>
    mailText({ ...mail, data: null, replyTo: null }, { isTheTask: false, canRead });
  expect(text(true)).toMatch(/\n\[4464 more characters, not shown: read it with inbox and \{"id": "m"\}\]$/);
  expect(text(false)).toMatch(/\n\[4464 more characters, not shown\]$/);
});
