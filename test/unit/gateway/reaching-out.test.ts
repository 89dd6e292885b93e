import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { reachingOut } from '../../../src/gateway/content/reaching-out.ts';

const said = (block: JsonObject): JsonObject => ({ messages: [{ role: 'user', content: [block] }] });

describe('a request that has the provider reach out', () => {
  it.each<[string, JsonObject]>([
    ['a search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['a fetch', { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] }],
    ['a search of Responses', { tools: [{ type: 'web_search_preview' }] }],
    ['a server of tools', { mcp_servers: [{ type: 'url', url: 'https://evil.example' }] }],
    ['a server of tools of Responses', { tools: [{ type: 'mcp', server_url: 'https://evil.example' }] }],
    ['a search of Chat', { web_search_options: {} }],
    ['a picture by its address', said({ type: 'image', source: { type: 'url', url: 'https://evil.example/a' } })],
    ['a picture of Chat', said({ type: 'image_url', image_url: { url: 'https://evil.example/a' } })],
    ['a picture of Responses', { input: [{ content: [{ type: 'input_image', image_url: 'https://evil.example' }] }] }],
    ['a file of Responses', { input: [{ content: [{ type: 'input_file', file_url: 'https://evil.example' }] }] }],
    ['a film', said({ type: 'video_url', video_url: { url: 'https://evil.example/a' } })],
    ['a file of Chat by its address', said({ type: 'file', file: { file_data: 'https://evil.example/a' } })],
    ['an address of the provider’s own store', said({ type: 'image_url', image_url: { url: 'gs://bucket/a' } })],
    [
      'a picture in the result of a tool',
      said({ type: 'tool_result', content: [{ type: 'image', source: { type: 'url', url: 'https://evil.example' } }] }),
    ],
  ])('is seen: %s', (_what, body) => {
    expect(reachingOut(body)).not.toBeNull();
  });

  it.each<[string, JsonObject]>([
    [
      'tools of the agent',
      {
        tools: [
          { name: 'WebFetch', input_schema: {} },
          { type: 'bash_20250124', name: 'bash' },
        ],
      },
    ],
    ['a picture that is sent', said({ type: 'image', source: { type: 'base64', data: 'aaaa' } })],
    ['a picture of Chat that is sent', said({ type: 'image_url', image_url: { url: 'data:image/png;base64,aaaa' } })],
    ['what a model wrote', said({ type: 'tool_use', name: 'x', input: { source: { type: 'url' }, image_url: 'a' } })],
  ])('is not seen in %s', (_what, body) => {
    expect(reachingOut(body)).toBeNull();
  });
});
