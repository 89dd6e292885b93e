/** How large a definition may be: reading it takes time and memory in proportion to both. */
export interface SourceBounds {
  /** Of its text, or of the texts in it where it is given as a value, in bytes. */
  bytes: number;
  /** Its values and keys together. */
  nodes: number;
}

/** For what comes from somebody else: by HTTP, by Temporal, in files of agents and templates. */
export const usualBounds: SourceBounds = { bytes: 256 * 1024, nodes: 20_000 };

/** For a definition of one's own, on the command line and in programs: a graph of ten thousand tasks. */
export const ownBounds: SourceBounds = { bytes: 4 * 1024 * 1024, nodes: 250_000 };

/** What they may be raised to. */
export const widestBounds: SourceBounds = { bytes: 64 * 1024 * 1024, nodes: 5_000_000 };

/** Which variables of the environment raise them for definitions. */
const boundVariables = { bytes: 'GAFFER_MAX_FILE', nodes: 'GAFFER_MAX_NODES' } as const;

/** What to do about a bound that was met; null: it is no definition's, and cannot be raised. */
export function raiseHint(bounds: Partial<SourceBounds>, which: keyof SourceBounds): string | null {
  const isRaisable = bounds.nodes !== undefined && bounds.bytes !== undefined && bounds[which]! < widestBounds[which];
  return isRaisable ? `${boundVariables[which]} raises this limit, at the price of time and memory` : null;
}

/** Longest value of one input, in characters, as JSON where it is no text. It is part of the plan, which stays in the store. */
export const longestInput = 5 * 1024 * 1024;

/** Most text that all prompts of a plan have together, in characters, inputs filled in. */
export const longestPrompts = 16 * 1024 * 1024;

/** A number of bytes as people read it: `256 KB`, `4 MB`. */
export function sizeText(bytes: number): string {
  const megabyte = 1024 * 1024;
  return bytes >= megabyte ? `${Math.round((10 * bytes) / megabyte) / 10} MB` : `${Math.round(bytes / 1024)} KB`;
}
