import { useEffect, useRef } from 'react';

/** Something that the palette can do. */
export interface Command {
  title: string;
  /** What else finds it. */
  words?: string;
  run: () => void;
}

const layers = new Set<{ current: readonly Command[] }>();

/** Adds commands to the palette while what calls it is there. */
export function useCommands(commands: readonly Command[]): void {
  const layer = useRef(commands);
  useEffect(() => {
    layer.current = commands;
  });
  useEffect(() => {
    layers.add(layer);
    return () => void layers.delete(layer);
  }, []);
}

/** All there are now, those of the page first. */
export function allCommands(): Command[] {
  return [...layers].toReversed().flatMap(({ current }) => current);
}
