const code = /`[^`]+`/g;
const begin = /<(?:!(--)|(pre|code|samp|xmp|textarea|script|style)(?=[\s>]|$))/gi;

/** Takes a text line by line. @returns whether the line begins within a comment, or within what HTML shows as it is written */
export function createHtmlExamples(): (line: string) => boolean {
  let end: string | null = null;
  return (written) => {
    const isWithin = end !== null;
    const line = written.replaceAll(code, '').toLowerCase();
    let at = 0;
    for (;;) {
      if (end !== null) {
        const found = line.indexOf(end, at);
        if (found === -1) return isWithin;
        at = found + end.length;
        end = null;
      }
      begin.lastIndex = at;
      const begun = begin.exec(line);
      if (begun === null) return isWithin;
      end = begun[1] === undefined ? `</${begun[2]!}` : '-->';
      at = begin.lastIndex;
    }
  };
}
