const types: Record<number, [type: string, code: string | null]> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', null],
  413: ['invalid_request_error', null],
  429: ['requests', 'rate_limit_exceeded'],
};

/** An error as OpenAI's API answers with it. */
export function toErrorBody(status: number, message: string): string {
  const [type, code] = types[status] ?? [status >= 500 ? 'server_error' : 'invalid_request_error', null];
  return JSON.stringify({ error: { message, type, param: null, code } });
}
