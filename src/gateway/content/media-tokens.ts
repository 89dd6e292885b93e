/*
 * Pictures and documents come as base64, and are paid by their size and their pages: counted as text, a picture of 1 MB would hold back 390,000
 * tokens. Providers document about (width × height) / 750 tokens a picture, or fewer; some count up to a quarter more.
 */
import type { JsonObject } from '../../domain/json.ts';
import { charactersPerToken } from '../../models/estimate.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { Refusal } from '../http/refusal.ts';

type Fields = Record<string, unknown>;

const pixelsPerToken = 600;
/** The least and the most that a picture is expected to take, and what one takes whose size is not known, in tokens. */
const leastOfPicture = 300;
const mostOfPicture = 4800;
const usualPicture = 1600;
/** A page is read as text and as a picture: the most that both are expected to take, in tokens. */
const mostOfPage = 4600;
/** So much of a picture is looked at for its size, in characters of base64: it stands behind what cameras write. */
const mostOfHead = 200_000;
/** Deeper than blocks are nested. */
const mostDepth = 10;

/** Pictures and documents of a request. `length`: how much of it they are, in characters. */
export interface Media {
  length: number;
  tokens: number;
}

/** What pictures and documents of a request are expected to take. @throws Refusal when it is nested too deep */
export function mediaOf(body: JsonObject): Media {
  const media = { length: 0, tokens: 0 };
  for (const name of ['messages', 'input', 'system']) add(media, body[name], 0);
  return media;
}

function add(media: Media, blocks: unknown, depth: number): void {
  if (depth > mostDepth) throw new Refusal('bad-request', 'the request is nested too deep');
  for (const block of recordsOf(blocks)) {
    const found = dataOf(block);
    if (found) {
      media.length += found.data.length;
      media.tokens += found.type === 'application/pdf' ? ofDocument(found.data) : ofPicture(found.data);
    }
    for (const name of ['content', 'output']) add(media, block[name], depth + 1);
    if (isRecord(block['source'])) add(media, block['source']['content'], depth + 1);
  }
}

function dataOf({ source, image_url: image, file_data: data, file }: Fields): { type: string; data: string } | null {
  if (isRecord(source) && source['type'] === 'base64') return typed(source['media_type'], source['data']);
  const given = [isRecord(image) ? image['url'] : image, data, isRecord(file) ? file['file_data'] : undefined];
  for (const url of given) {
    if (typeof url !== 'string') continue;
    const [head, type] = /^data:([\w/+.-]{1,100});base64,/.exec(url) ?? [];
    if (head !== undefined) return typed(type, url.slice(head.length));
  }
  return null;
}

// Whatever else comes so is counted as it is long.
function typed(type: unknown, data: unknown): { type: string; data: string } | null {
  if (typeof type !== 'string' || typeof data !== 'string') return null;
  return type === 'application/pdf' || /^image\/(?:png|jpe?g|gif|webp)$/.test(type) ? { type, data } : null;
}

function ofPicture(data: string): number {
  const size = sizeOf(Buffer.from(data.slice(0, mostOfHead), 'base64'));
  if (!size) return usualPicture;
  return Math.min(mostOfPicture, Math.max(leastOfPicture, Math.ceil((size.width * size.height) / pixelsPerToken)));
}

// Where no page can be seen, as it is packed, it is counted as it is long.
function ofDocument(data: string): number {
  const asText = Math.ceil(data.length / charactersPerToken);
  const pages = pagesOf(Buffer.from(data, 'base64'));
  return pages === 0 ? asText : Math.min(asText, pages * mostOfPage);
}

function pagesOf(file: Buffer): number {
  let pages = 0;
  for (const mark of ['/Type /Page', '/Type/Page']) {
    for (let at = file.indexOf(mark); at >= 0; at = file.indexOf(mark, at + 1))
      // `/Pages` is the tree that they hang on.
      if (file[at + mark.length] !== 0x73) pages++;
  }
  return pages;
}

interface Size {
  width: number;
  height: number;
}

/** Size of a PNG or JPEG, as its head says; undefined: it is neither, or does not say it. */
function sizeOf(head: Buffer): Size | undefined {
  if (head.length >= 24 && head.readUInt32BE(0) === 0x89504e47)
    return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  return head.length >= 4 && head.readUInt16BE(0) === 0xffd8 ? sizeOfJpeg(head) : undefined;
}

// Segments follow each other, each with its length; the one with the size is a start of frame.
function sizeOfJpeg(head: Buffer): Size | undefined {
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff; at += 2 + head.readUInt16BE(at + 2)) {
    const marker = head[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) };
  }
  return undefined;
}
