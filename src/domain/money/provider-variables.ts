/** Variable that holds the key of a provider: its name in capitals, and `_API_KEY`. */
export function keyVariable(provider: string): string {
  return `${prefixOf(provider)}_API_KEY`;
}

/** Which variable holds the address of a provider. */
export function addressVariable(provider: string): string {
  return `${prefixOf(provider)}_BASE_URL`;
}

function prefixOf(provider: string): string {
  return provider.toUpperCase().replaceAll('-', '_');
}

/** What stands where a key was that only a gateway has now. */
export const keyElsewhere = 'at-the-gateway';
