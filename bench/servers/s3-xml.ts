/** The few XML answers that S3 clients of the benchmarks read. */

export type Element = string | number | boolean | readonly Element[] | { readonly [name: string]: Element | undefined };

/** A document with the root `name`; an array repeats its element. */
export function xml(name: string, content: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`;
}

export function errorXml(code: string): string {
  return xml('Error', { Code: code, Message: code, RequestId: 'bench' });
}

function element(name: string, content: Element, attributes = ''): string {
  if (Array.isArray(content)) return content.map((one: Element) => element(name, one)).join('');
  const inner =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([child, value]) => (value === undefined ? '' : element(child, value)))
          .join('')
      : escape(String(content));
  return `<${name}${attributes}>${inner}</${name}>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
