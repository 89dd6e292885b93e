import { useEffect, useRef } from 'react';

/** What a key does. */
export interface KeyBinding {
  label: string;
  /** null: what has the focus does it by itself, and it is only told here. */
  run: ((event: KeyboardEvent) => void) | null;
}

/** By key, as `KeyboardEvent.key` has it; `g r` is one behind the other, `mod+k` with Ctrl or Cmd. */
export type KeyBindings = Readonly<Record<string, KeyBinding>>;

const layers = new Set<{ current: KeyBindings }>();
let begun: { key: string; at: number } | null = null;

/** Does things by keys while what calls it is there; off while somebody types, and below an open dialog or menu. */
export function useKeys(bindings: KeyBindings): void {
  const layer = useRef(bindings);
  useEffect(() => {
    layer.current = bindings;
  });
  useEffect(() => {
    layers.add(layer);
    return () => void layers.delete(layer);
  }, []);
}

/** All keys that do something now, the innermost first. */
export function boundKeys(): [string, KeyBinding][] {
  const all = new Map<string, KeyBinding>();
  for (const { current } of [...layers].toReversed())
    for (const [key, binding] of Object.entries(current)) if (!all.has(key)) all.set(key, binding);
  return [...all];
}

/** Listens for them, for the whole page. */
export function listenForKeys(): () => void {
  window.addEventListener('keydown', onKeyDown);
  return () => window.removeEventListener('keydown', onKeyDown);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const hasMod = event.ctrlKey || event.metaKey;
  const key = hasMod ? `mod+${event.key.toLowerCase()}` : event.key;
  // What is open above the page has the keys, and whoever types has those of a field.
  const isAbove = document.querySelector('dialog:modal, :popover-open') !== null;
  if (key !== 'mod+k' && (isAbove || (isTyping(event.target) && key !== 'mod+s'))) return;
  const bound = new Map(boundKeys());
  const chord = begun && Date.now() - begun.at < 1200 ? bound.get(`${begun.key} ${key}`) : undefined;
  const found = chord ?? bound.get(key);
  begun = { key, at: Date.now() };
  if (!found?.run) return;
  event.preventDefault();
  found.run(event);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}
