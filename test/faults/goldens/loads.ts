/** What only a server does with the bytes: encodings, lists of columns, defaults, conditions, types. */
import { BAD_COPY_FILE_FORMAT, CHARACTER_NOT_IN_REPERTOIRE, refused, rows } from './golden.ts';
import type { Golden } from './golden.ts';

const { raw } = String;

export const LOAD_GOLDENS: readonly Golden[] = [
  {
    title: 'UTF-8 read as LATIN1 is other text, and no error',
    ...{ input: 'か,b\n', load: { encoding: 'LATIN1' }, outcome: rows(['ã\u0081\u008b', 'b']) },
  },
  {
    title: 'UTF-8 read as EUC_JP is no text',
    ...{ input: 'か,b\n', load: { encoding: 'EUC_JP' }, outcome: refused(CHARACTER_NOT_IN_REPERTOIRE, 1) },
  },
  {
    title: 'LATIN1 read as it is',
    ...{ input: Buffer.from('caf\xe9,"\xe9"\n', 'latin1'), load: { encoding: 'LATIN1' }, outcome: rows(['café', 'é']) },
  },
  {
    title: 'forceNotNull makes nothing an empty text',
    ...{ input: ',\n', load: { forceNotNull: ['b'] }, outcome: rows([null, '']) },
  },
  {
    title: 'forceNull makes quoted nothing NULL',
    ...{ input: '"",""\n', load: { forceNull: ['b'] }, outcome: rows(['', null]) },
  },
  {
    title: 'forceNull and forceNotNull of one column exchange what they mean',
    ...{ input: ',""\n"",\n', load: { forceNull: ['a', 'b'], forceNotNull: ['a', 'b'] } },
    outcome: rows(['', null], [null, '']),
  },
  {
    title: 'forceNull takes another word for NULL within quotes',
    ...{ input: '"nil",nil\n', options: { null: 'nil' }, load: { forceNull: ['a'] }, outcome: rows([null, null]) },
  },
  {
    title: 'forceNull and forceNotNull of all columns',
    ...{ input: ',""\n', load: { forceNull: true, forceNotNull: true }, since: 17, outcome: rows(['', null]) },
  },
  {
    title: 'forceNull of a column that is never NULL',
    ...{ input: 'x,""\n', columns: ['a', 'f'], load: { forceNull: ['f'] } },
    outcome: refused('23502', 1, 'CONSTRAINT_VIOLATION'),
  },
  {
    title: 'forceNotNull of a column that is not loaded',
    ...{ input: 'x,y\n', load: { forceNotNull: ['f'] }, outcome: refused('42P10', undefined, 'STATEMENT_FAILED') },
  },
  {
    title: 'forceNull of a column that is not there',
    ...{ input: 'x,y\n', load: { forceNull: ['nowhere'] }, outcome: refused('42703', undefined, 'STATEMENT_FAILED') },
  },
  {
    title: 'a mark for the default, but not within quotes, and not as a part',
    ...{ input: raw`1,\D` + '\n' + raw`2,"\D"` + '\n' + raw`3,\DD` + '\n', columns: ['a', 'd'] },
    ...{ load: { default: raw`\D` }, since: 16, outcome: rows(['1', 'by itself'], ['2', raw`\D`], ['3', raw`\DD`]) },
  },
  {
    title: 'a mark for the default in text, but not behind a backslash',
    ...{ input: `1\t${raw`\D`}\n2\t${raw`\\D`}\n`, columns: ['a', 'd'], options: { format: 'text' } },
    ...{ load: { default: raw`\D` }, since: 16, outcome: rows(['1', 'by itself'], ['2', raw`\D`]) },
  },
  {
    title: 'a mark for the default of a column that has none',
    ...{ input: raw`\D,x` + '\n', load: { default: raw`\D` }, since: 16 },
    outcome: refused(BAD_COPY_FILE_FORMAT, 1),
  },
  {
    title: 'without a mark for the default it is data',
    ...{ input: raw`1,\D` + '\n', columns: ['a', 'd'], outcome: rows(['1', raw`\D`]) },
  },
  {
    title: 'columns that are left out have their defaults',
    ...{ input: '7\n', columns: ['n'], outcome: rows([7]) },
  },
  {
    title: 'a number that is none',
    ...{ input: '7,x\nseven,y\n', columns: ['n', 'a'], load: {}, outcome: refused('22P02', 2) },
  },
  {
    title: 'a number that is too large',
    ...{ input: '9999999999,x\n', columns: ['n', 'a'], load: {}, outcome: refused('22003', 1) },
  },
  {
    title: 'an empty text for a number',
    ...{ input: '"",x\n', columns: ['n', 'a'], load: {}, outcome: refused('22P02', 1) },
  },
  {
    title: 'rows that a condition leaves out',
    ...{ input: '1,x\n2,y\n3,z\n', columns: ['n', 'a'], load: { where: 'n > 2' } },
    outcome: { rows: [[3, 'z']], skipped: 2 },
  },
  {
    title: 'a condition on what is no column',
    ...{ input: 'x,y\n', load: { where: 'nowhere = 1' }, outcome: refused('42703', undefined, 'STATEMENT_FAILED') },
  },
  {
    title: 'rows that cannot be read, left out',
    ...{ input: '1,x\nno,y\n9999999999,z\n4,u\n', columns: ['n', 'a'], load: { onError: 'ignore' }, since: 17 },
    outcome: {
      rows: [
        [1, 'x'],
        [4, 'u'],
      ],
      skipped: 2,
    },
  },
  {
    title: 'too few values, which are no error to leave out',
    ...{ input: '1,x\n2\n', columns: ['n', 'a'], load: { onError: 'ignore' }, since: 17 },
    outcome: refused(BAD_COPY_FILE_FORMAT, 2),
  },
  {
    title: 'as many rows that cannot be read as are allowed',
    ...{ input: 'no,y\n9999999999,z\n4,u\n', columns: ['n', 'a'], since: 18 },
    ...{ load: { onError: 'ignore', rejectLimit: 2 }, outcome: { rows: [[4, 'u']], skipped: 2 } },
  },
  {
    title: 'more rows that cannot be read than are allowed',
    ...{ input: 'no,y\n9999999999,z\n4,u\n', columns: ['n', 'a'], since: 18 },
    ...{ load: { onError: 'ignore', rejectLimit: 1 }, outcome: refused('22P02', 2) },
  },
];
