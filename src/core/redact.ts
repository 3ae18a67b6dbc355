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
 * JSON members (libpq conninfo with its quotes, Azure connection strings, AWS keys and tokens), `Authorization` headers.
 *
 * Recognises secrets by the names beside them; it cannot know a bare secret.
 */
export function redactText(text: string): string {
  return untilStable(text, (before) => {
    const masked = maskPasswords(maskAssignments(before), WHITESPACE);
    return masked.replace(/\bBearer[ \t]+[\w.~+/=-]{8,}/gi, `Bearer ${MASK}`);
  });
}

const MASK = '***';

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
    return span && { from: start + span.from, to: start + span.to };
  });
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

/** A name, perhaps quoted, and what assigns: `=`, `:`, `=>`, `:=`. `secret://` is a reference, no assignment. */
const ASSIGNMENT = /(?<![\w.%-])([\w.%-]+)\\*["'`]?[ \t\r\n\f\v]*(=|:(?!\/\/))[=>]?[ \t\r\n\f\v]*/g;

const SECRET =
  /(?:password|passwd|passphrase|pwd|secret|secretaccesskey|secretkey|(?:session|security|access|auth|refresh)token|^idtoken|accountkey|sharedaccess(?:key|signature)|apikey|privatekey)\d*$/;
/** Also words of prose before a colon: masked when assigned with `=` or quoted. */
const WEAK_SECRET = /(?:token|signature|credentials?|^sig)$/;
const HEADER = /^(?:authorization|proxyauthorization|cookie|setcookie)$/;
const AZURE = /^(?:accountkey|sharedaccess(?:key|signature))$/;

function maskAssignments(text: string): string {
  return maskAfter(text, ASSIGNMENT, (match, from) => {
    const [, rawName = '', sign] = match;
    const name = decoded(rawName).toLowerCase().replace(/[_.-]/g, '');
    const quote = /^\\*["'`]/.exec(text.slice(from, from + 8))?.[0];
    const header = HEADER.test(name);
    if (!header && !SECRET.test(name) && !(WEAK_SECRET.test(name) && (sign === '=' || quote !== undefined))) {
      return undefined;
    }
    if (/[?&]/.test(text.charAt(match.index - 1))) return { from, to: nextOf(END_OF_PARAMETER, text, from) };
    if (quote !== undefined) return quotedSpan(text, from, quote, match[0].includes(quote));
    if (header) return { from, to: nextOf(END_OF_LINE, text, from) };
    if (AZURE.test(name)) return { from, to: nextOf(END_OF_SETTING, text, from) };
    return { from, to: endOfWord(text, from) };
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
