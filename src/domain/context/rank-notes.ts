/*
 * N1 Ranking is BM25 of a note's words against the task's prompt: the same notes and the same prompt give the same choice, everywhere.
 * N2 Of two that fit alike the newer one comes first. What is chosen stands in the order in which it came.
 */
import { searchWords } from '../search-words.ts';

/** What agents of a run share. `order`: later ones have a higher one. */
export interface Note {
  id: string;
  text: string;
  order: number;
}

const saturation = 1.2;
const evenness = 0.75;

/** The notes that bear most on a prompt, within a number of characters, oldest first. */
export function chooseNotes(notes: readonly Note[], prompt: string, most: number): Note[] {
  const ranked = rank(notes, prompt);
  const chosen: Note[] = [];
  let room = most;
  for (const note of ranked) {
    if (note.text.length > room) continue;
    room -= note.text.length + 1;
    chosen.push(note);
  }
  return chosen.toSorted((a, b) => a.order - b.order);
}

// N1, N2
function rank(notes: readonly Note[], prompt: string): Note[] {
  const wanted = new Set(searchWords(prompt));
  const words = notes.map(({ id, text }) => searchWords(`${id} ${text}`));
  const mean = words.reduce((sum, { length }) => sum + length, 0) / notes.length || 1;
  const holders = new Map<string, number>();
  for (const own of words) for (const word of new Set(own)) holders.set(word, (holders.get(word) ?? 0) + 1);
  const scores = words.map((own) => {
    const counts = new Map<string, number>();
    for (const word of own) if (wanted.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    let score = 0;
    for (const [word, count] of counts) {
      const rarity = Math.log(1 + (notes.length - holders.get(word)! + 0.5) / (holders.get(word)! + 0.5));
      score +=
        (rarity * count * (saturation + 1)) / (count + saturation * (1 - evenness + (evenness * own.length) / mean));
    }
    // A sum of floats may depend on its order, which the words give.
    return Math.round(score * 1e6);
  });
  return notes
    .map((note, at) => ({ note, score: scores[at]! }))
    .toSorted((a, b) => b.score - a.score || b.note.order - a.note.order)
    .map(({ note }) => note);
}
