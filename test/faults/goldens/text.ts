/** Text format: one row a line, a delimiter between values, and backslashes for what a value may not hold as it is. */
import { BAD_COPY_FILE_FORMAT, CHARACTER_NOT_IN_REPERTOIRE, refused, rows } from './golden.ts';
import type { Golden } from './golden.ts';

const text = (
  title: string,
  input: string | Buffer,
  outcome: Golden['outcome'],
  more: Partial<Golden> = {},
): Golden => ({
  ...{ title: `text: ${title}`, input, outcome, ...more },
  options: { format: 'text', ...more.options },
});
const { raw } = String;

export const TEXT_GOLDENS: readonly Golden[] = [
  text(
    'NULL is its marker alone, unescaped and whole',
    `${raw`\N`}\t${raw`\\N`}\n${raw`\NULL`}\t${raw`x\N`}\n`,
    rows([null, raw`\N`], ['NULL', 'xN']),
  ),
  text(
    'a marker of one letter is no NULL behind a backslash',
    raw`q,\q` + '\n' + raw`\\q,qq` + '\n',
    rows([null, 'q'], [raw`\q`, 'qq']),
    { options: { delimiter: ',', null: 'q' } },
  ),
  text('a marker of nothing makes an empty value NULL', 'left;\n;right\n', rows(['left', null], [null, 'right']), {
    options: { delimiter: ';', null: '' },
  }),
  text(
    'a marker with a backslash is taken before escapes are',
    raw`\Z:\\Z` + '\n' + raw`\ZZ:\N` + '\n',
    rows([null, raw`\Z`], ['ZZ', 'N']),
    { options: { delimiter: ':', null: raw`\Z` } },
  ),
  text('a marker that would be an octal escape', `${raw`\7`}\t${raw`\\7`}\n`, rows([null, raw`\7`]), {
    options: { null: raw`\7` },
  }),
  text(
    'a delimiter behind a backslash is data',
    raw`a\|b|\\` + '\n' + raw`\\\||` + '\n',
    rows(['a|b', '\\'], [raw`\|`, '']),
    { options: { delimiter: '|' } },
  ),
  text('a delimiter behind an escaped backslash ends the value', raw`a\\,b` + '\n', rows(['a\\', 'b']), {
    options: { delimiter: ',' },
  }),
  text('control characters by their letters', `${raw`\b\f\n`}\t${raw`\r\t\v`}\n`, rows(['\b\f\n', '\r\t\v'])),
  text('octal escapes of one to three digits', `${raw`\1018`}\t${raw`\478\7`}\n`, rows(['A8', `'8\x07`])),
  text('hexadecimal escapes of one or two digits', `${raw`\x414`}\t${raw`\xf\x2Fg\x`}\n`, rows(['A4', '\x0f/gx'])),
  text('octal bytes that make a character together', `${raw`\342\202\254`}\tb\n`, rows(['€', 'b'])),
  text('any other letter behind a backslash is itself', `${raw`\a\B\"`}\t${raw`\é`}\n`, rows(['aB"', 'é'])),
  text('quotes are characters as any other', `"a\t'b"\n""\t"\n`, rows(['"a', `'b"`], ['""', '"'])),
  text('a line break behind a backslash is data', 'one\\\ntwo\tb\n', rows(['one\ntwo', 'b'])),
  text('a carriage return behind a backslash is data', 'one\\\rtwo\tb\n', rows(['one\rtwo', 'b'])),
  text('an escaped CRLF in lines of CRLF', 'one\\r\\ntwo\tb\r\nc\td\r\n', rows(['one\r\ntwo', 'b'], ['c', 'd'])),
  text('lines that end in a carriage return alone', 'a\tb\rc\td\r', rows(['a', 'b'], ['c', 'd'])),
  text('a last line without an end', 'a\tb\nc\td', rows(['a', 'b'], ['c', 'd'])),
  text('a backslash as the last byte is dropped', 'a\tb\\', rows(['a', 'b'])),
  text('an empty line is an empty value of one column', '\nx\n\n', rows([''], ['x'], ['']), { columns: ['a'] }),
  text('an empty line has too few values for two columns', 'a\tb\n\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('no byte at all is no row', '', rows()),
  text('a mark of byte order is part of the first value', '\ufeffa\tb\n', rows(['\ufeffa', 'b'])),
  text('spaces are data', ' a \t  \n', rows([' a ', '  '])),
  text('too few values', 'a\tb\nc\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('too many values', 'a\tb\tc\n', refused(BAD_COPY_FILE_FORMAT, 1)),
  text('a carriage return within lines of LF', 'a\tb\nc\rd\te\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('a line break within lines of CR', 'a\tb\rc\nd\te\r', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('a line of LF among lines of CRLF', 'a\tb\r\nc\td\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('the end-of-data marker as the last line', 'a\tb\n\\.\n', rows(['a', 'b'])),
  text('the end-of-data marker without a line break', 'a\tb\n\\.', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('the end-of-data marker with half of its line break', 'a\tb\r\n\\.\r', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('the end-of-data marker with another line break', 'a\tb\n\\.\r\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('the end-of-data marker before a value', 'a\tb\n\\.c\td\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  text('the end-of-data marker alone', '\\.\n', rows()),
  text('rows behind the end-of-data marker', 'a\tb\n\\.\nc\td\n', refused(undefined, undefined, 'END_OF_DATA_MARKER')),
  text('an escaped backslash before a point is data', `${raw`\\.`}\t${raw`C:\\.d`}\n`, rows([raw`\.`, raw`C:\.d`])),
  text('a header is passed over, whatever it holds', 'no column\thas\tthis\tname\na\tb\n', rows(['a', 'b']), {
    options: { header: true },
  }),
  text('a header alone', 'a\tb\n', rows(), { options: { header: 'match' } }),
  text('a header that matches', 'a\tb\n1\t2\n', rows(['1', '2']), { options: { header: 'match' } }),
  text('a header in the order of the columns that are loaded', 'b\ta\n1\t2\n', rows(['1', '2']), {
    columns: ['b', 'a'],
    options: { header: 'match' },
  }),
  text('a header in another order', 'b\ta\n1\t2\n', refused(BAD_COPY_FILE_FORMAT, 1), { options: { header: 'match' } }),
  text('a header that lacks a column', 'a\n1\n', refused(BAD_COPY_FILE_FORMAT, 1), { options: { header: 'match' } }),
  text('a header of more columns', 'a\tb\tc\n1\t2\t3\n', refused(BAD_COPY_FILE_FORMAT, 1), {
    options: { header: 'match' },
  }),
  text('a header with another name', 'a\tB\n1\t2\n', refused(BAD_COPY_FILE_FORMAT, 1), {
    options: { header: 'match' },
  }),
  text('a header with NULL for a name', `a\t${raw`\N`}\n1\t2\n`, refused(BAD_COPY_FILE_FORMAT, 1), {
    options: { header: 'match' },
  }),
  text('a NUL', 'a\tb\nc\t\0\n', refused(CHARACTER_NOT_IN_REPERTOIRE, 2)),
  text('an escape that makes a NUL', `a\t${raw`\0`}\n`, refused(CHARACTER_NOT_IN_REPERTOIRE, 1)),
  text('bytes that are no UTF-8', Buffer.from('a\tb\nc\t\xe9\n', 'latin1'), refused(CHARACTER_NOT_IN_REPERTOIRE, 2)),
  text('an escape that breaks a character', `a\t${raw`\xe2\x82`}\n`, refused(CHARACTER_NOT_IN_REPERTOIRE, 1)),
  text(
    'a character cut by the end of its line',
    Buffer.from('a\tb\nc\t\xe2\x82\n', 'latin1'),
    refused(CHARACTER_NOT_IN_REPERTOIRE, 2),
  ),
];
