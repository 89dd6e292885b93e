import { useLocation } from 'wouter';

/** The parts of the page's path as they were meant: an id may have `/`, `@` or `%` in it, which the router leaves escaped. */
export function usePathParts(): readonly string[] {
  useLocation();
  return location.pathname.split('/').slice(1).map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
