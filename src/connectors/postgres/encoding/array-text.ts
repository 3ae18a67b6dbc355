/** Arrays as the server writes them (manual, "Array Input and Output Syntax"). */
import { misfit } from './misfit.ts';
import type { TextOf } from './value-texts.ts';

export interface ArrayForm {
  readonly elementText: TextOf;
  readonly delimiter: string;
  /** Dimensions at most: what lies deeper is an element. */
  readonly depth: number;
}

/** What a text may not hold to go without quotes, beside the delimiter. */
const QUOTED = /^$|^null$|["\\{}\s]/i;

export function arrayText(values: readonly unknown[], form: ArrayForm): string {
  const parts: string[] = [];
  for (const value of values) {
    if (value === null || value === undefined) parts.push('NULL');
    else if (Array.isArray(value) && form.depth > 1) parts.push(nested(value, form));
    else parts.push(quoted(form.elementText(value), form.delimiter));
  }
  return `{${parts.join(form.delimiter)}}`;
}

/** Deeper than anybody's data; a circle ends here. The server takes six. */
const MOST_DEPTH = 100;

function nested(values: readonly unknown[], form: ArrayForm): string {
  const depth = form.depth === Infinity ? MOST_DEPTH : form.depth - 1;
  if (depth < 1) throw misfit('is nested too deeply');
  return arrayText(values, { ...form, depth });
}

function quoted(text: string, delimiter: string): string {
  if (!QUOTED.test(text) && !text.includes(delimiter)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
