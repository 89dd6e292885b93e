import { describe, expect, it } from 'vitest';
import { createMask } from '../../../../src/cli/base/mask-secrets.ts';

describe('createMask', () => {
  it.each([
    {
      what: 'a value of a variable named like a secret',
      environment: { MY_TOKEN: 'abcdefgh-1' },
      text: 'x abcdefgh-1 y',
      masked: 'x … y',
    },
    {
      what: 'the longer of two secrets first',
      environment: { A_KEY: 'abcdefgh', B_KEY: 'abcdefgh-long' },
      text: 'abcdefgh-long',
      masked: '…',
    },
    {
      what: 'a secret as JSON writes it',
      environment: { PASSWORD: 'quo"te\\d-it' },
      text: JSON.stringify('quo"te\\d-it'),
      masked: '"…"',
    },
    {
      what: "the database's password",
      environment: { DATABASE_URL: 'postgres://me:p%40ssword-9@h/d' },
      text: 'p@ssword-9',
      masked: '…',
    },
    {
      what: 'a key of the vendor that no variable holds',
      environment: {},
      text: 'sk-ant-api03-AbC_1',
      masked: 'sk-ant-…',
    },
    {
      what: 'nothing that is short or named otherwise',
      environment: { KEY: 'word', PATH: '/usr/bin/somewhere' },
      text: 'word /usr/bin/somewhere',
      masked: 'word /usr/bin/somewhere',
    },
  ])('hides $what', ({ environment, text, masked }) => {
    expect(createMask(environment)(text)).toBe(masked);
  });
});
