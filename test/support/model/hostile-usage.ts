import { fc } from '../base/properties.ts';

const count = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5000 }).map(String) },
  fc.constantFrom('-1', '-1000000000', '10.5', '1e15', '1e308', '"99; drop"', '[1]', '{}', 'null', 'true', '10000001'),
  fc.constantFrom(
    '{"ephemeral_5m_input_tokens":900,"ephemeral_1h_input_tokens":"x"}',
    '{"ephemeral_1h_input_tokens":700}',
  ),
);

const fields = [
  ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'],
  ...['cache_creation', 'server_tool_use', 'iterations'],
];

/** What a provider may say of usage, as JSON; null: nothing at all. */
const usage: fc.Arbitrary<string | null> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(...fields.map((name) => fc.option(count.map((value) => `"${name}":${value}`)))).map(toObject),
  },
  fc.constantFrom(null, 'null', '7', '"usage"', '[]', '{}'),
);

function toObject(parts: (string | null)[]): string {
  return `{${parts.filter((part) => part !== null).join(',')}}`;
}

/** What a provider may say at the beginning and at the end of an answer. */
export const hostileUsage = fc.record({ startUsage: usage, endUsage: usage });
