/** CSV: quotes around what a value may not hold as it is, and a NULL that is told from an empty text by them. */
import { BAD_COPY_FILE_FORMAT, CHARACTER_NOT_IN_REPERTOIRE, refused, rows } from './golden.ts';
import type { Golden } from './golden.ts';

const csv = (
  title: string,
  input: string | Buffer,
  outcome: Golden['outcome'],
  more: Partial<Golden> = {},
): Golden => ({
  ...{ title: `CSV: ${title}`, input, outcome, ...more },
});
const { raw } = String;

export const CSV_GOLDENS: readonly Golden[] = [
  csv(
    'line breaks of every kind within quotes',
    '"a\r\nb","c\nd"\n"e\rf","g\n\nh"\n',
    rows(['a\r\nb', 'c\nd'], ['e\rf', 'g\n\nh']),
  ),
  csv('the same in lines of CRLF', '"a\nb",c\r\n"d\r",e\r\n', rows(['a\nb', 'c'], ['d\r', 'e'])),
  csv('doubled quotes', '"say ""so""",""""\n""",",""""""\n', rows(['say "so"', '"'], ['",', '""'])),
  csv('quotes in the middle of a value quote a part of it', 'a"b,c"d,e"f""g"\n', rows(['ab,cd', 'ef"g'])),
  csv('spaces beside quotes are data', ' "a" ,"b"\n', rows([' a ', 'b'])),
  csv('another quote, delimiter and escape', raw`'it\'s'|'a\\b\c|'` + '\n', rows(["it's", raw`a\b\c|`]), {
    options: { quote: "'", delimiter: '|', escape: '\\' },
  }),
  csv('an escape outside quotes is data', raw`a\b,\\` + '\n', rows([raw`a\b`, raw`\\`]), { options: { escape: '\\' } }),
  csv(
    'backslashes are data',
    raw`\n,\\N` + '\n' + raw`\x41,"\t"` + '\n',
    rows([raw`\n`, raw`\\N`], [raw`\x41`, raw`\t`]),
  ),
  csv('a tab as the delimiter', 'a,b\t"c\td"\n', rows(['a,b', 'c\td']), { options: { delimiter: '\t' } }),
  csv('nothing is NULL and quoted nothing is empty', ',""\n"",\n', rows([null, ''], ['', null])),
  csv('a word for NULL, which within quotes is that word', 'nil,"nil"\n,nilly\n', rows([null, 'nil'], ['', 'nilly']), {
    options: { null: 'nil' },
  }),
  csv('an empty line is NULL of one column', '\n""\nx\n', rows([null], [''], ['x']), { columns: ['a'] }),
  csv('an empty line has too few values for two columns', 'a,b\n\nc,d\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  csv('no byte at all is no row', '', rows()),
  csv('a last line without an end, quoted', 'a,b\nc,"d"', rows(['a', 'b'], ['c', 'd'])),
  csv('lines that end in a carriage return alone', 'a,b\r"c\n",d\r', rows(['a', 'b'], ['c\n', 'd'])),
  csv('a mark of byte order is part of the first value', '\ufeffa,b\n', rows(['\ufeffa', 'b'])),
  csv('a mark of byte order before a quote is part of the value as well', '\ufeff"a,x",b\n', rows(['\ufeffa,x', 'b'])),
  csv('what a spreadsheet would run, and its end of file', '=1+1,@x\n-2,\x1a\n', rows(['=1+1', '@x'], ['-2', '\x1a'])),
  csv('too few values', 'a,b\nc\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  csv('too many values', 'a,b,c\n', refused(BAD_COPY_FILE_FORMAT, 1)),
  csv('a quote that is never closed', 'a,b\nc,"d\n', refused(BAD_COPY_FILE_FORMAT, 3)),
  csv('a quote that an escape keeps open', raw`a,"b\"` + '\n', refused(BAD_COPY_FILE_FORMAT, 1), {
    options: { escape: '\\' },
  }),
  csv('a carriage return without quotes within lines of LF', 'a,b\nc\rd,e\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  csv('a line break without quotes within lines of CR', 'a,b\rc\nd,e\r', refused(BAD_COPY_FILE_FORMAT, 2)),
  csv('a line of LF among lines of CRLF', 'a,b\r\nc,d\n', refused(BAD_COPY_FILE_FORMAT, 2)),
  csv(
    'the end-of-data marker is a value wherever it stands',
    'x\\.\n\\.y\nu\\.v\n"\\."\n\\.\nz\n',
    rows(['x\\.'], ['\\.y'], ['u\\.v'], ['\\.'], ['\\.'], ['z']),
    { columns: ['a'] },
  ),
  csv('the end-of-data marker as the last line is a value', 'x\n\\.\n', rows(['x'], ['\\.']), { columns: ['a'] }),
  csv('the end-of-data marker within quotes', '"a\n\\.\nb",c\n', rows(['a\n\\.\nb', 'c'])),
  csv('a header is passed over, whatever it holds', '"no, column",has,this\na,b\n', rows(['a', 'b']), {
    options: { header: true },
  }),
  csv('a header over several lines', '"x\n\ny",z\na,b\n', rows(['a', 'b']), { options: { header: true } }),
  csv('a header that matches, in quotes or not', '"a",b\n1,2\n', rows(['1', '2']), { options: { header: 'match' } }),
  csv('a header in another order', 'b,a\n1,2\n', refused(BAD_COPY_FILE_FORMAT, 1), { options: { header: 'match' } }),
  csv('a header that lacks a column', 'a\n1\n', refused(BAD_COPY_FILE_FORMAT, 1), { options: { header: 'match' } }),
  csv('a header behind a mark of byte order', '\ufeffa,b\n1,2\n', refused(BAD_COPY_FILE_FORMAT, 1), {
    options: { header: 'match' },
  }),
  csv('a NUL', 'a,b\n"c\0",d\n', refused(CHARACTER_NOT_IN_REPERTOIRE, 2)),
  csv('bytes that are no UTF-8', Buffer.from('a,b\n"\xff",d\n', 'latin1'), refused(CHARACTER_NOT_IN_REPERTOIRE, 2)),
  csv(
    'halves of a surrogate pair written as UTF-8',
    Buffer.from('a,b\n\xed\xa0\x80,d\n', 'latin1'),
    refused(CHARACTER_NOT_IN_REPERTOIRE, 2),
  ),
];
