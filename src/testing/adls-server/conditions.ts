/** Conditional requests: RFC 9110 section 13, with the service's own failures. */
import { AdlsError } from './errors.ts';

type Headers = Readonly<Record<string, string>>;

/** What conditions are about; absent when there is nothing yet. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: Date;
}

/** Throws `ConditionNotMet`: 304 when a read has nothing new, else 412. */
export function readConditions(headers: Headers, current: Validators): void {
  const failed = failedCondition(headers, current);
  if (failed !== undefined) throw new AdlsError('ConditionNotMet', failed === 'none' ? { status: 304 } : {});
}

/** Throws `ConditionNotMet`. */
export function writeConditions(headers: Headers, current: Validators | undefined): void {
  if (failedCondition(headers, current) !== undefined) throw new AdlsError('ConditionNotMet');
}

/** The `x-ms-source-if-*` of a rename. Throws `SourceConditionNotMet`. */
export function sourceConditions(headers: Headers, source: Validators): void {
  const prefix = 'x-ms-source-';
  const given = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  const conditions = Object.fromEntries(given.map(([name, value]) => [name.slice(prefix.length), value]));
  if (failedCondition(conditions, source) !== undefined) throw new AdlsError('SourceConditionNotMet');
}

/** Which of the two kinds fails: `match` wants something to be so, `none` wants it not to be. */
function failedCondition(headers: Headers, current: Validators | undefined): 'match' | 'none' | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && !matches(ifMatch, current)) return 'match';
  const unmodifiedSince = timeOf(headers['if-unmodified-since']);
  if (unmodifiedSince !== undefined && seconds(current) > unmodifiedSince) return 'match';
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, current)) return 'none';
  const modifiedSince = timeOf(headers['if-modified-since']);
  return modifiedSince !== undefined && current !== undefined && seconds(current) <= modifiedSince ? 'none' : undefined;
}

function matches(header: string, current: Validators | undefined): boolean {
  if (current === undefined) return false;
  return header.split(',').some((item) => {
    const wanted = item.trim().replace(/^W\//, '');
    return wanted === '*' || wanted === current.etag || wanted === `"${current.etag}"`;
  });
}

/** Headers hold whole seconds. */
const seconds = (current: Validators | undefined): number =>
  current === undefined ? -Infinity : Math.floor(current.lastModified.getTime() / 1000) * 1000;

function timeOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const time = Date.parse(header);
  if (Number.isNaN(time)) throw new AdlsError('InvalidHeaderValue');
  return time;
}
