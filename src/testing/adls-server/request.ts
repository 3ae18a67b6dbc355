/** From an HTTP request to a request of the service: which container, which path, which operation. */
import type { IncomingMessage } from 'node:http';
import { AdlsError } from './errors.ts';
import { operationOf, sideOf } from './routes.ts';
import type { AdlsOperation, AdlsSide } from './routes.ts';

/** A request as hooks and predicates see it. */
export interface AdlsRequest {
  readonly operation: AdlsOperation;
  /** Which request of this operation it is, counted from 1 since the server started. */
  readonly nth: number;
  /** The endpoint it belongs to, wherever it arrived. */
  readonly side: AdlsSide;
  readonly method: string;
  readonly container: string | undefined;
  /** Decoded, without slashes at its ends. */
  readonly path: string | undefined;
  /** Decoded query parameters, without signatures. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; without the Authorization header and signatures. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `x-ms-range` or Range header. */
  readonly range: string | undefined;
  /** Where an append or a flush says the bytes end up. */
  readonly position: number | undefined;
  /** What a rename moves. */
  readonly renameSource: { readonly container: string; readonly path: string } | undefined;
  /** How the request claims to be authorized; not verified yet when hooks run. */
  readonly authorization: 'SharedKey' | 'SAS' | 'Bearer' | 'none';
}

/** The request with what only the server itself may see. */
export interface IncomingRequest extends Omit<AdlsRequest, 'nth'> {
  /** As sent, still percent-encoded. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names and values as sent, one after the other. */
  readonly rawHeaders: readonly string[];
  /** Every header, by lower-case name. */
  readonly allHeaders: Readonly<Record<string, string>>;
  /** Every query parameter. */
  readonly allQuery: Readonly<Record<string, string>>;
  /** The endpoint that a host of Azure's names; undefined where both are one address. */
  readonly endpoint: AdlsSide | undefined;
  readonly encrypted: boolean;
}

const SECRET_HEADERS = /^(?:authorization|.*-authorization|x-ms-encryption-key)$/;

/** Reads the request line and headers. Throws `InvalidUri` when the target is not UTF-8 behind its percent signs. */
export function readRequest(message: IncomingMessage, account: string): IncomingRequest {
  const method = message.method ?? 'GET';
  const target = (message.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const rawQuery = mark === -1 ? '' : target.slice(mark + 1);
  const allHeaders = headersOf(message);
  const allQuery = Object.fromEntries(parseQuery(rawQuery));
  const { container, path } = locate(rawPath, account);
  const operation = operationOf({ method, container, path, query: allQuery, headers: allHeaders });
  const source = allHeaders['x-ms-rename-source']?.replace(/\?.*$/s, '');
  const position = allQuery['position'];
  return {
    ...{ operation, side: sideOf(operation), method, container, path },
    query: without(allQuery, /^sig$/),
    headers: {
      ...without(allHeaders, SECRET_HEADERS),
      ...(source === undefined ? {} : { 'x-ms-rename-source': source }),
    },
    range: allHeaders['x-ms-range'] ?? allHeaders['range'],
    position: position !== undefined && /^\d{1,15}$/.test(position) ? Number(position) : undefined,
    renameSource: source === undefined ? undefined : sourceOf(source, account),
    authorization: schemeOf(allHeaders['authorization'], allQuery),
    ...{ rawPath, rawQuery, rawHeaders: message.rawHeaders, allHeaders, allQuery },
    endpoint: endpointOf(allHeaders['host'] ?? ''),
    encrypted: 'encrypted' in message.socket,
  };
}

/** What a test may see of a request. */
export function publicPart(request: IncomingRequest, nth: number): AdlsRequest {
  const { operation, side, method, container, path, query, headers, range } = request;
  const { position, renameSource, authorization } = request;
  return {
    ...{ operation, nth, side, method, container, path, query, headers, range },
    ...{ position, renameSource, authorization },
  };
}

function without(fields: Readonly<Record<string, string>>, secret: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !secret.test(name)));
}

function headersOf(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function schemeOf(header: string | undefined, query: Readonly<Record<string, string>>): AdlsRequest['authorization'] {
  if (header?.startsWith('SharedKey ') === true) return 'SharedKey';
  if (header?.startsWith('Bearer ') === true) return 'Bearer';
  return 'sig' in query ? 'SAS' : 'none';
}

/** `account.dfs.core.windows.net` and `account.blob.core.windows.net`, of any cloud. */
function endpointOf(host: string): AdlsSide | undefined {
  const label = /^[a-z0-9]+\.(dfs|blob)\.(?:core|storage)\./i.exec(host)?.[1]?.toLowerCase();
  return label === 'dfs' || label === 'blob' ? label : undefined;
}

/** Decoded pairs of a query, in the order sent. */
function parseQuery(rawQuery: string): [string, string][] {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      return mark === -1 ? [decode(pair), ''] : [decode(pair.slice(0, mark)), decode(pair.slice(mark + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AdlsError('InvalidUri');
  }
}

/**
 * Container and path, whether or not the account stands before them: path-style addresses begin with it, those of a
 * host of one's own do not, and the SDK's rename leaves it out of either.
 */
function locate(rawPath: string, account: string): { container: string | undefined; path: string | undefined } {
  const parts = rawPath.replace(/^\/+/, '').split('/');
  if (decode(parts[0] ?? '') === account) parts.shift();
  const [container = '', ...rest] = parts;
  // Decoded once and as a whole: an encoded slash parts names like any other.
  const path = decode(rest.join('/')).replace(/^\/+|\/+$/g, '');
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) throw new AdlsError('InvalidUri');
  return {
    container: container === '' ? undefined : decode(container),
    path: path === '' ? undefined : path,
  };
}

function sourceOf(header: string, account: string): { container: string; path: string } {
  const { container, path } = locate(header, account);
  if (container === undefined || path === undefined) throw new AdlsError('InvalidSourceUri');
  return { container, path };
}
