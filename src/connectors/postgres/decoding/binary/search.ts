/** Documents and queries of text search (`tsvectorout`, `tsqueryout`). */
import type { Cursor, Writer } from './cursor.ts';
import { utf8 } from './texts.ts';

const [VALUE, OPERATOR] = [1, 2] as const;
const [NOT, AND, OR, PHRASE] = [1, 2, 3, 4] as const;
const PRIORITIES: Readonly<Partial<Record<number, number>>> = { [NOT]: 4, [AND]: 2, [OR]: 1, [PHRASE]: 3 };
const SIGNS: Readonly<Partial<Record<number, string>>> = { [AND]: '&', [OR]: '|' };
/** A tree that is deeper is no query, but an attack on the stack. */
const MOST_DEPTH = 1_000;
const WEIGHTS = ['', 'C', 'B', 'A'];
/** From the highest bit of the mask on. */
const LETTERS = ['A', 'B', 'C', 'D'];

export const tsvector: Writer = (value) => {
  const count = value.int32();
  if (count < 0 || count * 3 > value.left) throw new RangeError('another number of words');
  const words = Array.from({ length: count }, () => {
    const word = quoted(value);
    const positions = Array.from({ length: value.uint16() }, () => {
      const position = value.uint16();
      return `${position & 0x3fff}${WEIGHTS[position >> 14] ?? ''}`;
    });
    return positions.length === 0 ? word : `${word}:${positions.join(',')}`;
  });
  return words.join(' ');
};

export const tsquery: Writer = (value) => (value.int32() === 0 ? '' : operand(value, 0, false, 0));

/** An operator comes before its operands, of which the right one is the first. */
function operand(value: Cursor, outer: number, isRightOfPhrase: boolean, depth: number): string {
  if (depth > MOST_DEPTH) throw new RangeError('a query of too many levels');
  const kind = value.byte();
  if (kind === VALUE) return searched(value);
  if (kind !== OPERATOR) throw new RangeError('neither a word nor an operator');
  const operator = value.byte();
  const priority = PRIORITIES[operator];
  if (priority === undefined) throw new RangeError('an unknown operator');
  if (operator === NOT) {
    const text = `!${operand(value, priority, false, depth + 1)}`;
    return priority < outer ? `( ${text} )` : text;
  }
  const isPhrase = operator === PHRASE;
  const distance = isPhrase ? value.int16() : 0;
  const right = operand(value, priority, isPhrase, depth + 1);
  const left = operand(value, priority, false, depth + 1);
  const sign = SIGNS[operator] ?? (distance === 1 ? '<->' : `<${distance}>`);
  const text = `${left} ${sign} ${right}`;
  const isInner = priority < outer || (isPhrase && (priority === outer || isRightOfPhrase));
  return isInner ? `( ${text} )` : text;
}

function searched(value: Cursor): string {
  const weights = value.byte();
  const isPrefix = value.byte() !== 0;
  const letters = LETTERS.filter((_, index) => (weights & (8 >> index)) !== 0).join('');
  const word = quoted(value);
  return isPrefix || letters !== '' ? `${word}:${isPrefix ? '*' : ''}${letters}` : word;
}

function quoted(value: Cursor): string {
  return `'${utf8(value.terminated()).replace(/['\\]/g, '$&$&')}'`;
}
