/**
 * Takes credentials out of text.
 * Where a rule must guess where a secret ends, it takes too much rather than too little. Redacting twice changes nothing.
 */

/**
 * One URL or DSN without its password and without the values of secret query parameters (`X-Amz-Signature`, `sig`,
 * `password`, ...). Works on malformed ones too: a password may hold `@`, `/` and spaces.
 *
 * Not recognised: in an `http` or object-store URL, a password of a port's form followed by an unescaped `/`.
 */
export function redactUrl(url: string): string {
  return untilStable(url, (text) => maskPasswords(maskAssignments(text), END_OF_TEXT));
}

/**
 * Free text without the credentials in it: passwords of URLs and DSNs of any scheme, secret `key=value`, `key: value` and
 * JSON members (libpq conninfo with its quotes, Azure connection strings, AWS keys and tokens), `Authorization` headers,
 * elements of XML, lists of headers, and all of it percent-encoded, as the parameter of another URL.
 *
 * Recognises secrets by the names beside them; it cannot know a bare secret.
 */
export function redactText(text: string): string {
  return redactedText(text, 0);
}

/** `depth`: how often the text has been percent-decoded. */
function redactedText(text: string, depth: number): string {
  return untilStable(text, (before) => {
    const masked = maskPasswords(maskAssignments(maskElements(before)), WHITESPACE);
    const told = masked
      .replace(/\bBearer[ \t]+[\w.~+/=-]{8,}/gi, `Bearer ${MASK}`)
      .replace(/\b(SharedKey(?:Lite)?)[ \t]+[\w.-]+:[\w+/=]{8,}/g, `$1 ${MASK}`);
    return depth < MAX_DECODED ? maskEncoded(told, depth + 1) : told;
  });
}

const MASK = '***';
/** How often a URL may have become the parameter of another. */
const MAX_DECODED = 3;

/** ASCII only: another space may be part of a password. */
const WHITESPACE = /[ \t\r\n\f\v]/g;
const END_OF_LINE = /[\r\n]/g;
const END_OF_TEXT = /(?!)/g;
const END_OF_PARAMETER = /[& \t\r\n\f\v]/g;
const END_OF_SETTING = /[; \t\r\n\f\v]/g;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One mask can bring two halves of another secret together, so the rules run until they find nothing. */
function untilStable(text: string, rules: (text: string) => string): string {
  for (let before = text; ;) {
    const after = rules(before);
    if (after === before) return after;
    before = after;
  }
}

/** Puts the mask over the span that `spanOf` names after each match; matches within a span are passed over. */
function maskAfter(
  text: string,
  pattern: RegExp,
  spanOf: (match: RegExpExecArray, end: number) => Span | undefined,
): string {
  let masked = '';
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const span = match.index < done ? undefined : spanOf(match, match.index + match[0].length);
    if (span === undefined || span.to <= span.from) continue;
    masked += text.slice(done, span.from) + MASK;
    done = span.to;
  }
  return masked + text.slice(done);
}

function nextOf(stop: RegExp, text: string, from: number): number {
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}

const SCHEME = /[a-z][a-z0-9+.-]{0,31}:\/\//gi;

/** Schemes whose paths may hold `:` and `@` with no password in front; any other scheme is taken for a DSN. */
const PLAIN_PATH_SCHEME = /^(?:https?|s3[an]?|gs|abfss?|wasbs?|adls?|file|wss?):/i;
const PORT = /^\d{1,5}(?=[/?#,.;)\]"'\s]|$)/;

function maskPasswords(text: string, endOfUrl: RegExp): string {
  return maskAfter(text, SCHEME, (match, start) => {
    const rest = text.slice(start, nextOf(endOfUrl, text, start));
    const span = passwordOf(match[0], rest);
    if (span === undefined) return undefined;
    const to = start + span.to;
    return { from: start + span.from, to: rest.includes('@') ? to : lateAt(match[0], text, to) };
  });
}

/** Of a DSN whose password holds spaces and slashes, the `@` that ends it comes later in the line. */
function lateAt(scheme: string, text: string, from: number): number {
  if (PLAIN_PATH_SCHEME.test(scheme)) return from;
  const at = text.slice(from, nextOf(END_OF_LINE, text, from)).lastIndexOf('@');
  return at === -1 ? Math.max(from, nextOf(WHITESPACE, text, from)) : from + at;
}

/** Where the password is in what follows `scheme://`. */
function passwordOf(scheme: string, rest: string): Span | undefined {
  const plainPath = PLAIN_PATH_SCHEME.test(scheme);
  const authorityEnd = /[/?#]|$/.exec(rest)?.index ?? rest.length;
  const colon = rest.startsWith('[') ? -1 : rest.indexOf(':');
  const inAuthority = colon !== -1 && colon < authorityEnd;
  const at = rest.lastIndexOf('@');
  if (inAuthority || (colon !== -1 && !plainPath)) {
    const isPort = PORT.test(rest.slice(colon + 1));
    if (at > colon && !(plainPath && isPort)) return { from: colon + 1, to: at };
    return isPort || !inAuthority ? undefined : { from: colon + 1, to: authorityEnd };
  }
  // `https://token@host`
  const user = rest.slice(0, authorityEnd).lastIndexOf('@');
  return user > 0 && /^http/i.test(scheme) ? { from: 0, to: user } : undefined;
}

/**
 * A name, perhaps quoted, and what assigns: `=`, `:`, `=>`, `:=`, or a comma between two texts of a list. `secret://` is
 * a reference, no assignment.
 */
const ASSIGNMENT =
  /(?<![\w.%-])([\w.%-]+)\\*["'`]?[ \t\r\n\f\v]*(=|:(?!\/\/)|(?<=["'`]),(?=[ \t\r\n\f\v]*\\*["'`]))[=>]?[ \t\r\n\f\v]*/g;

const SECRET =
  /(?:password|passwd|passphrase|pwd|secret|secretaccesskey|secretkey|(?:session|security|access|auth|refresh)token|^idtoken|accountkey|sharedaccess(?:key|signature)|apikey|privatekey)\d*$/;
/** Also words of prose before a colon: masked when assigned with `=` or quoted. */
const WEAK_SECRET = /(?:token|signature|credentials?|^sig)$/;
const HEADER = /^(?:authorization|proxyauthorization|cookie|setcookie)$/;
const AZURE = /^(?:accountkey|sharedaccess(?:key|signature))$/;

function maskAssignments(text: string): string {
  return maskAfter(text, ASSIGNMENT, (match, from) => {
    const [, rawName = '', sign] = match;
    const name = nameOf(text.charAt(match.index - 1) === '\\' ? rawName.replace(ESCAPED, '') : rawName);
    const quote = /^\\*["'`]/.exec(text.slice(from, from + 8))?.[0];
    const header = HEADER.test(name);
    if (!header && !SECRET.test(name) && !(WEAK_SECRET.test(name) && (sign === '=' || quote !== undefined))) {
      return undefined;
    }
    if (/[?&]/.test(text.charAt(match.index - 1))) return { from, to: nextOf(END_OF_PARAMETER, text, from) };
    if (quote !== undefined) return quotedSpan(text, from, quote, match[0].includes(quote));
    const bytes = BYTES.exec(text.slice(from, from + MAX_BYTES))?.[0];
    if (bytes !== undefined) return { from, to: from + bytes.length };
    if (header) return { from, to: nextOf(END_OF_LINE, text, from) };
    if (AZURE.test(name)) return { from, to: nextOf(END_OF_SETTING, text, from) };
    return { from, to: endOfWord(text, from) };
  });
}

function nameOf(text: string): string {
  return decoded(text).toLowerCase().replace(/[_.-]/g, '');
}

/** `&`, `?` and `"` before a name, as careful encoders of JSON write them. */
const ESCAPED = /^u00(?:26|3f|22)/i;

/** Bytes as Node shows them, and as JSON. */
const BYTES = /^(?:<Buffer [^>]*>?|\w*Array\(\d+\) \[[^\]]*\]?|\{"type":"Buffer","data":\[[^\]]*\]?)/;
const MAX_BYTES = 4_096;

const ELEMENT = /<([\w.:-]{1,100})>(?=[^<])/g;

/** What stands in elements of XML, as the token service answers. */
function maskElements(text: string): string {
  return maskAfter(text, ELEMENT, ([, name = ''], from) => {
    const plain = nameOf(name.replace(/^.*:/, ''));
    if (!SECRET.test(plain) && !WEAK_SECRET.test(plain)) return undefined;
    const end = text.indexOf('<', from);
    const to = end === -1 ? text.length : end;
    return text.slice(from, to).trim() === '' ? undefined : { from, to };
  });
}

/** A run of what percent-encoding leaves, with an encoded `:`, `=` or `%` in it. */
const ENCODED = /[\w.~!*'()+%-]{8,}/g;

function maskEncoded(text: string, depth: number): string {
  return text.replace(ENCODED, (run) => {
    if (!/%(?:3[ad]|25)/i.test(run)) return run;
    const plain = run.replace(/%([0-7][0-9a-f])/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
    const masked = redactedText(plain, depth);
    return masked === plain ? run : encodeURIComponent(masked);
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** An escaped quote is that of JSON within JSON if the name has it too; else it may be a character of a bare value. */
function quotedSpan(text: string, start: number, quote: string, quotedName: boolean): Span {
  const from = start + quote.length;
  if (quote.length === 1) return { from, to: closingQuote(text, from, quote) };
  const close = text.indexOf(quote, from);
  const to = close === -1 ? text.length : close;
  return { from, to: quotedName ? to : Math.max(to, endOfWord(text, from)) };
}

/** Where the quoted value ends: escapes (`\'`) and doubled quotes (`''`) are inside it, and so is all when none closes. */
function closingQuote(text: string, from: number, quote: string): number {
  let index = from;
  for (; index < text.length; index += 1) {
    const doubled = index > from && text[index] === quote && text[index + 1] === quote;
    if (text[index] === '\\' || doubled) index += 1;
    else if (text[index] === quote) break;
  }
  return Math.min(index, text.length);
}

/** The next space that no backslash escapes, as in libpq's conninfo. */
function endOfWord(text: string, from: number): number {
  let end = nextOf(WHITESPACE, text, from);
  while (end < text.length && text[end - 1] === '\\') end = nextOf(WHITESPACE, text, end + 1);
  return end;
}
