import { pictureSizes } from '../../../../../src/domain/picture/picture.ts';
import {
  type Camera,
  fit,
  meet,
  panned,
  type Rectangle,
  revealing,
  seenBy,
  type Size,
  startOf,
  zoomed,
} from './camera.ts';
import { type Colours, onColoursChange, readColours } from './colours.ts';
import { cellAt, cellOf } from './group-grid.ts';
import type { Emphasis, Painted } from './brush.ts';
import { paintBoxes } from './paint-boxes.ts';
import { paintLines } from './paint-lines.ts';
import type { Scene } from './scene.ts';

/*
 * What draws a graph and moves over it, outside of React: a finger that moves draws sixty times a second.
 *
 * V1 Lines and boxes are two canvases: how tasks stand changes four times a second, lines then stay as they are.
 * V2 However often something changes, it is drawn once a frame, and not at all where nobody sees it.
 * V3 The camera moves by itself only when somebody chose something that is out of sight.
 */

/** What was pointed at: a box, a member of the opened one (by its place), or nothing. */
export interface Hit {
  box: number | null;
  member: number | null;
}

interface Told {
  /** Somebody pressed something. `isTwice`: a double click. */
  onPick: (hit: Hit, isTwice: boolean) => void;
  /** The camera has come to rest. */
  onRest: () => void;
}

const nothing: Emphasis = { box: null, member: null, kin: null, path: new Set(), open: null };
/** Below this zoom a member that is shown could not be read. */
const readable = 0.62;
/** A pointer that moved no farther than this pressed, in CSS pixels. */
const slack = 5;
/** As wide as a phone, in CSS pixels. */
const narrowWidth = 600;
const restMs = 160;

/** A graph on the two canvases of its host: lines below, boxes above. */
export class GraphView {
  readonly #host: HTMLElement;
  readonly #lines: HTMLCanvasElement;
  readonly #boxes: HTMLCanvasElement;
  readonly #told: Told;
  readonly #ends: (() => void)[] = [];
  #scene: Scene | null = null;
  #emphasis: Emphasis = nothing;
  #camera: Camera = { x: 0, y: 0, zoom: 1 };
  #view: Size = { width: 0, height: 0 };
  #colours: Colours;
  #font: string;
  #frame = 0;
  #areLinesOld = true;
  #isFitted = false;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #moved = 0;

  constructor(host: HTMLElement, told: Told) {
    const [lines, boxes] = host.querySelectorAll('canvas');
    this.#host = host;
    this.#lines = lines!;
    this.#boxes = boxes!;
    this.#told = told;
    this.#colours = readColours(host);
    this.#font = getComputedStyle(host).fontFamily;
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(host);
    const recolour = (): void => {
      this.#colours = readColours(host);
      this.#draw(true);
    };
    this.#ends.push(() => observer.disconnect(), onColoursChange(recolour));
    this.#listen();
  }

  /** Lets go of everything. */
  end(): void {
    for (const end of this.#ends) end();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#restTimer);
  }

  /** What is to be drawn from now on. */
  show(scene: Scene, emphasis: Emphasis): void {
    const areLinesOld = this.#scene?.world !== scene.world || !isSame(emphasis, this.#emphasis);
    this.#scene = scene;
    this.#emphasis = emphasis;
    if (!this.#isFitted) this.#begin();
    this.#draw(areLinesOld);
  }

  /** Shows all of it. */
  fit(): void {
    if (!this.#scene || this.#view.width === 0) return;
    const { width, height, phases } = this.#scene.world.picture;
    const head = phases.length > 0 ? 56 : 0;
    this.#isFitted = true;
    this.#move(fit(this.#view, { x: 0, y: -head, width, height: height + head }));
  }

  /** Nearer, or farther: from the middle of what is seen. */
  zoom(factor: number): void {
    this.#move(zoomed(this.#camera, factor, { x: this.#view.width / 2, y: this.#view.height / 2 }));
  }

  /** Moves as little as is needed to see a box, or a member of the opened one. */
  reveal(box: number, member: number | null): void {
    if (!this.#scene || this.#view.width === 0) return;
    const { open } = this.#emphasis;
    const [x, y] = this.#scene.world.picture.boxes[box]!;
    if (open?.box !== box || member === null)
      return this.#move(revealing(this.#camera, this.#view, { x, y, ...pictureSizes.box }, readable));
    const whole = fit(this.#view, open.grid);
    if (whole.zoom >= readable) this.frame(open.grid);
    else this.#move(revealing(this.#camera, this.#view, cellOf(open.grid, member), readable));
  }

  /** Shows a rectangle whole, where it is not. */
  frame(target: Rectangle): void {
    if (this.#view.width === 0) return;
    const seen = seenBy(this.#camera, this.#view);
    const isSeen = isIn(target, seen) && isIn({ x: target.x + target.width, y: target.y + target.height }, seen);
    if (!isSeen || this.#camera.zoom < readable / 2) this.#move(fit(this.#view, target));
  }

  /** Boxes that are seen, in the order of the picture. */
  seen(most: number): number[] {
    if (!this.#scene) return [];
    const seen = seenBy(this.#camera, this.#view);
    const found: number[] = [];
    for (const [index, [x, y]] of this.#scene.world.picture.boxes.entries()) {
      if (meet(seen, { x, y, ...pictureSizes.box })) found.push(index);
      if (found.length >= most) break;
    }
    return found;
  }

  /** Shows all of it; where there is too little room to read anything then, its beginning. */
  #begin(): void {
    this.fit();
    if (!this.#isFitted || this.#view.width >= narrowWidth || this.#camera.zoom >= readable) return;
    const { height } = this.#scene!.world.picture;
    this.#move(startOf(this.#view, height, readable));
  }

  #move(camera: Camera): void {
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.#draw(true);
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(this.#told.onRest, restMs);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width === 0 || (width === this.#view.width && height === this.#view.height)) return;
    this.#view = { width, height };
    for (const canvas of [this.#lines, this.#boxes]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    if (this.#isFitted) this.#draw(true);
    else this.#begin();
  }

  // V2
  #draw(areLinesOld: boolean): void {
    this.#areLinesOld ||= areLinesOld;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    if (!this.#scene || this.#view.width === 0) return;
    const painted: Painted = {
      ...{ scene: this.#scene, emphasis: this.#emphasis, camera: this.#camera, view: this.#view },
      ...{ colours: this.#colours, font: this.#font },
    };
    // V1
    if (this.#areLinesOld) paintLines(this.#lines.getContext('2d')!, painted);
    this.#areLinesOld = false;
    paintBoxes(this.#boxes.getContext('2d')!, painted);
  }

  #listen(): void {
    const canvas = this.#boxes;
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      listener: (event: HTMLElementEventMap[Type]) => void,
    ): void => {
      canvas.addEventListener(type, listener, { passive: false });
      this.#ends.push(() => canvas.removeEventListener(type, listener));
    };
    on('wheel', (event) => this.#wheel(event));
    on('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, placeOf(event));
      if (this.#pointers.size === 1) this.#moved = 0;
    });
    on('pointermove', (event) => this.#pointerMove(event));
    on('pointerup', (event) => {
      const isPress = this.#pointers.size === 1 && this.#moved <= slack;
      this.#pointers.delete(event.pointerId);
      if (isPress) this.#told.onPick(this.#hit(placeOf(event)), false);
    });
    on('pointercancel', (event) => void this.#pointers.delete(event.pointerId));
    on('dblclick', (event) => this.#told.onPick(this.#hit(placeOf(event)), true));
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) this.#move(panned(this.#camera, -(event.deltaX + event.deltaY) * lines, 0));
    else
      this.#move(
        zoomed(this.#camera, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), placeOf(event)),
      );
  }

  #pointerMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    const now = placeOf(event);
    if (!before) {
      this.#boxes.style.cursor = this.#hit(now).box === null ? 'grab' : 'pointer';
      return;
    }
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    this.#moved += Math.abs(dx) + Math.abs(dy);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other) {
      const factor =
        Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.#move(panned(zoomed(this.#camera, factor, middle), dx / 2, dy / 2));
    } else if (this.#moved > slack) {
      this.#boxes.style.cursor = 'grabbing';
      this.#move(panned(this.#camera, dx, dy));
    }
  }

  #hit({ x, y }: { x: number; y: number }): Hit {
    if (!this.#scene) return { box: null, member: null };
    const point = { x: this.#camera.x + x / this.#camera.zoom, y: this.#camera.y + y / this.#camera.zoom };
    const { open } = this.#emphasis;
    if (open && isIn(point, open.grid)) {
      const count = this.#scene.boxes[open.box]!.members.length;
      return { box: open.box, member: cellAt(open.grid, count, point) ?? null };
    }
    // What is very small is hit beside it, too.
    const more = Math.max(0, 4 / this.#camera.zoom);
    const { width, height } = pictureSizes.box;
    const { boxes } = this.#scene.world.picture;
    let best: number | null = null;
    let nearest = Infinity;
    for (const [index, [left, top]] of boxes.entries()) {
      if (!isIn(point, { x: left - more, y: top - more, width: width + 2 * more, height: height + 2 * more })) continue;
      const distance = Math.hypot(point.x - left - width / 2, point.y - top - height / 2);
      if (distance < nearest) [best, nearest] = [index, distance];
    }
    return { box: best, member: null };
  }
}

function isSame(one: Emphasis, other: Emphasis): boolean {
  return one.kin === other.kin && one.path === other.path;
}

function isIn({ x, y }: { x: number; y: number }, rectangle: Rectangle): boolean {
  return (
    x >= rectangle.x && x <= rectangle.x + rectangle.width && y >= rectangle.y && y <= rectangle.y + rectangle.height
  );
}

function placeOf(event: MouseEvent): { x: number; y: number } {
  return { x: event.offsetX, y: event.offsetY };
}
