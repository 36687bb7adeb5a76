/** Columns of a terminal that text takes: East Asian wide characters and emoji take two, combining marks none. */

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<string> {
  if (typeof Intl === "undefined" || !("Segmenter" in Intl)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

// Ranges of Unicode's East Asian Width property W and F, joined where what lies between is unassigned or rare.
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  if (/^\p{M}|^[\u200b-\u200f\u2060\ufeff]/u.test(grapheme)) return 0;
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)) return 2;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

const isSimple = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

export function width(text: string): number {
  if (isSimple(text)) return text.length;
  let sum = 0;
  for (const grapheme of graphemes(text)) sum += graphemeWidth(grapheme);
  return sum;
}

/** At most `most` characters as a reader counts them; what is cut ends in three dots, as in PySpark. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const parts = isSimple(text) ? text : [...graphemes(text)];
  if (parts.length <= most) return text;
  const kept = parts.slice(0, most < 4 ? most : most - 3);
  return (typeof kept === "string" ? kept : kept.join("")) + (most < 4 ? "" : "...");
}

export function pad(text: string, columns: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, columns - width(text)));
  return right ? space + text : text + space;
}
