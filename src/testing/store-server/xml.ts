/**
 * The little XML that object stores speak: a writer, and a strict reader for the few request bodies.
 * The reader knows elements, text and the predefined entities; it refuses DTDs, processing instructions and CDATA.
 */

/** What goes into an element: text, or elements by name (an array repeats the element, undefined leaves it out). */
export type XmlContent = string | number | boolean | { readonly [name: string]: XmlField };
type XmlField = XmlContent | readonly XmlContent[] | undefined;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole document, with attributes of its root. */
export function xmlDocument(
  root: string,
  content: XmlContent,
  attributes: Readonly<Record<string, string>> = {},
): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeText(value)}"`);
  return `${DECLARATION}<${root}${written.join('')}>${inner(content)}</${root}>`;
}

function inner(content: XmlContent): string {
  if (typeof content !== 'object') return escapeText(String(content));
  let out = '';
  for (const [name, field] of Object.entries(content)) {
    if (field === undefined) continue;
    const items: readonly XmlContent[] = Array.isArray(field)
      ? (field as readonly XmlContent[])
      : [field as XmlContent];
    for (const item of items) out += `<${name}>${inner(item)}</${name}>`;
  }
  return out;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters leave as character references, as S3 sends them (XML 1.1 in a 1.0 document). */
function escapeText(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (char) => ENTITIES[char] ?? `&#${char.charCodeAt(0)};`);
}

/** A parsed element. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The first child of that name. */
export const child = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((candidate) => candidate.name === name);

/** Every child of that name. */
export const children = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((candidate) => candidate.name === name);

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN = /<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const PROLOG = /^\uFEFF?\s*(?:<\?xml\s[^<>]*\?>)?\s*/;

/** Parses a document; gives undefined when it is not well-formed or uses what such bodies never need. */
export function parseXml(text: string): XmlElement | undefined {
  const top: OpenElement = { name: '', children: [], text: '' };
  const stack: OpenElement[] = [top];
  TOKEN.lastIndex = PROLOG.exec(text)?.[0].length ?? 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const [, closing, name, attributes, selfClosing, run] = match;
    const open = stack.at(-1);
    if (open === undefined) return undefined;
    if (run !== undefined) {
      const decoded = unescapeText(run);
      if (decoded === undefined || (open === top && decoded.trim() !== '')) return undefined;
      open.text += decoded;
    } else if (closing === '/') {
      if (stack.length === 1 || open.name !== name || attributes !== '' || selfClosing === '/') return undefined;
      stack.pop();
    } else if (name !== undefined) {
      if (open === top && top.children.length > 0) return undefined;
      const element: OpenElement = { name: name.slice(name.indexOf(':') + 1), children: [], text: '' };
      open.children.push(element);
      if (selfClosing !== '/') stack.push(name.includes(':') ? Object.assign(element, { name }) : element);
    }
  }
  return stack.length === 1 ? top.children[0] : undefined;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeText(text: string): string | undefined {
  const unknown: string[] = [];
  const decoded = text.replace(/&(?:#(\d{1,7}|x[0-9a-fA-F]{1,6})|(\w+));|&/g, (found, code?: string, name?: string) => {
    const point = code === undefined ? NaN : Number(code.startsWith('x') ? `0${code}` : code);
    if (point <= 0x10ffff) return String.fromCodePoint(point);
    const known = name !== undefined && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
    if (known === undefined) unknown.push(found);
    return known ?? '';
  });
  return unknown.length > 0 ? undefined : decoded;
}
