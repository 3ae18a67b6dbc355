/** Metadata and content headers, from the request that writes them to the reply that describes them. */
import { AdlsError } from './errors.ts';
import type { AdlsLimits } from './limits.ts';
import type { IncomingRequest } from './request.ts';

type Fields = Readonly<Record<string, string>>;

/** Stored under the names that replies give them. */
const CONTENT = ['content-type', 'content-encoding', 'content-language', 'content-disposition', 'content-md5'];

/** `x-ms-content-type` and its like on the DFS side; undefined when the request has none. */
export function dfsContentHeaders({ allHeaders }: IncomingRequest): Fields | undefined {
  return contentHeaders(allHeaders, 'x-ms-');
}

/** `x-ms-blob-content-type` and its like. */
export function blobContentHeaders({ allHeaders }: IncomingRequest): Fields | undefined {
  return contentHeaders(allHeaders, 'x-ms-blob-');
}

function contentHeaders(headers: Fields, prefix: string): Fields | undefined {
  const found = [...CONTENT, 'cache-control'].flatMap((name): [string, string][] => {
    const value = headers[`${prefix}${name}`];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const META = 'x-ms-meta-';

/** `x-ms-meta-*`, with names in the case they were sent. */
export function blobMetadata({ rawHeaders }: IncomingRequest, limits: AdlsLimits): Fields {
  const metadata: Record<string, string> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.toLowerCase().startsWith(META)) metadata[name.slice(META.length)] = rawHeaders[index + 1] ?? '';
  }
  return checked(metadata, limits);
}

/** `x-ms-properties: name=base64,name=base64`; undefined when the request has none. */
export function dfsMetadata({ allHeaders }: IncomingRequest, limits: AdlsLimits): Fields | undefined {
  const header = allHeaders['x-ms-properties'];
  if (header === undefined) return undefined;
  const pairs = header.split(',').filter((pair) => pair.trim() !== '');
  const metadata = pairs.map((pair): [string, string] => {
    const match = /^([^=]+)=([A-Za-z0-9+/]*={0,2})$/.exec(pair.trim());
    if (match === null) throw new AdlsError('InvalidHeaderValue');
    return [match[1] ?? '', Buffer.from(match[2] ?? '', 'base64').toString()];
  });
  return checked(Object.fromEntries(metadata), limits);
}

function checked(metadata: Fields, { maxMetadataBytes }: AdlsLimits): Fields {
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0,
  );
  if (bytes > maxMetadataBytes) throw new AdlsError('MetadataTooLarge');
  // Names of metadata are identifiers of C#.
  if (Object.keys(metadata).some((name) => !/^[A-Za-z_]\w*$/.test(name))) throw new AdlsError('InvalidHeaderValue');
  return metadata;
}

/** As `x-ms-meta-*`; what no header can hold goes as its UTF-8 bytes. */
export function metadataHeaders(metadata: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`${META}${name}`, Buffer.from(value).toString('latin1')]),
  );
}

/** As `x-ms-properties`. */
export function encodedMetadata(metadata: Fields): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name}=${Buffer.from(value).toString('base64')}`)
    .join(',');
}
