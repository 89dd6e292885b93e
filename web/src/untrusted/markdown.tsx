import { memo, type ReactNode } from 'react';
import { safeText } from '../../../src/domain/safe-text.ts';
import { ExternalLink } from './external-link.tsx';
import { Plain } from './plain.tsx';
import type { Inline } from './read-inline.ts';
import { readMarkdown, type Block } from './read-markdown.ts';
import styles from './untrusted.module.css';

/** What is longer is shown as it was written, in characters. */
const longest = 200_000;

/** What a model wrote in Markdown, as elements: no HTML, no images, links that say where they lead. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  if (text.length > longest) return <Plain text={text} />;
  return <div className={styles.markdown}>{blocksOf(readMarkdown(safeText(text)))}</div>;
});

function blocksOf(blocks: readonly Block[]): ReactNode[] {
  return blocks.map((block, at) => <BlockElement key={at} block={block} />);
}

function BlockElement({ block }: { block: Block }) {
  switch (block.type) {
    case 'heading':
      return (
        <p className={styles.heading} data-level={block.level} role="heading" aria-level={Math.min(6, block.level + 3)}>
          {inlinesOf(block.within)}
        </p>
      );
    case 'paragraph':
      return <p>{inlinesOf(block.within)}</p>;
    case 'code':
      return (
        <pre className={styles.code} tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote>{blocksOf(block.blocks)}</blockquote>;
    case 'rule':
      return <hr />;
    case 'table':
      return <TableElement {...block} />;
    case 'list': {
      const items = block.items.map((each, at) => <li key={at}>{itemOf(each)}</li>);
      return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

/** A list whose items are one line each is no list of paragraphs. */
function itemOf(blocks: readonly Block[]): ReactNode {
  const [first, ...rest] = blocks;
  return first?.type === 'paragraph' ? (
    <>
      {inlinesOf(first.within)}
      {blocksOf(rest)}
    </>
  ) : (
    blocksOf(blocks)
  );
}

function TableElement({ head, rows }: Extract<Block, { type: 'table' }>) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at}>{inlinesOf(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{inlinesOf(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlinesOf(inlines: readonly Inline[]): ReactNode[] {
  return inlines.map((inline, at) =>
    typeof inline === 'string' ? inline : <InlineElement key={at} inline={inline} />,
  );
}

function InlineElement({ inline }: { inline: Exclude<Inline, string> }) {
  switch (inline.type) {
    case 'code':
      return <code>{inline.text}</code>;
    case 'strong':
      return <strong>{inlinesOf(inline.within)}</strong>;
    case 'em':
      return <em>{inlinesOf(inline.within)}</em>;
    case 'del':
      return <del>{inlinesOf(inline.within)}</del>;
    case 'link':
      return <ExternalLink href={inline.href}>{inlinesOf(inline.within)}</ExternalLink>;
    case 'image':
      return <ExternalLink href={inline.href}>image: {inline.alt || 'without words'}</ExternalLink>;
  }
}
