/** A server that is wrong in one thing: between the checks and ours, something changes what is asked or answered. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startAdlsServer } from '../../../../src/testing/adls-server/index.ts';
import { send } from '../../../testing/adls-server/raw-client.ts';
import type { Broken } from '../../broken.ts';
import type { Subject } from '../../check.ts';
import { adlsServerSubject } from '../../subjects/adls-servers.ts';
import type { AdlsAccount } from '../../subjects/adls-servers.ts';
import type { AdlsServerPlace } from '../place.ts';

/** As it came, without what signs it: it is signed again, whoever it is from. */
export interface Asked {
  readonly method: string;
  /** Percent-encoded, without the account. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Asks the server behind, and gives its answer. */
export type Ask = (asked: Asked) => Promise<Answer>;
export type Spoil = (asked: Asked, ask: Ask) => Promise<Answer>;
export type BrokenServer = Broken<Spoil>;

/** Which requests: by their method, and what their query has. */
export type Which = Readonly<Record<string, string>> & { readonly method: string };

export function isOf({ method, ...query }: Which, asked: Asked): boolean {
  return asked.method === method && Object.entries(query).every(([name, value]) => asked.query[name] === value);
}

/** Answers some requests otherwise. */
export function instead(which: readonly Which[], answer: Spoil): Spoil {
  return (asked, ask) => (which.some((one) => isOf(one, asked)) ? answer(asked, ask) : ask(asked));
}

/** Never hears of a header. */
export function deafTo(which: readonly Which[], header: string): Spoil {
  return instead(which, (asked, ask) => {
    const heard = Object.entries(asked.headers).filter(([name]) => name !== header);
    return ask({ ...asked, headers: Object.fromEntries(heard) });
  });
}

/** Hears something else in the query. */
export function hearing(which: readonly Which[], change: Readonly<Record<string, string>>): Spoil {
  return instead(which, (asked, ask) => ask({ ...asked, query: { ...asked.query, ...change } }));
}

/** Answers with other headers, or without one. */
export function saying(which: readonly Which[], change: Readonly<Record<string, string | undefined>>): Spoil {
  return instead(which, async (asked, ask) => {
    const answer = await ask(asked);
    const headers = Object.entries({ ...answer.headers, ...change }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    return { ...answer, headers: Object.fromEntries(headers) as Record<string, string> };
  });
}

export const codeOf = ({ headers }: Answer): string | undefined => headers['x-ms-error-code'];

/** Takes a refusal by this code for none. */
export function forgiving(which: readonly Which[], code: string, status: number): Spoil {
  return instead(which, async (asked, ask) => {
    const answer = await ask(asked);
    if (codeOf(answer) !== code) return answer;
    return { status, headers: { etag: '"0x8D1"', 'last-modified': new Date().toUTCString() }, body: Buffer.alloc(0) };
  });
}

export interface ListedPath {
  readonly name: string;
  readonly etag?: string;
  readonly isDirectory?: string;
}

/** Lists other paths than there are. */
export function listing(change: (paths: readonly ListedPath[]) => readonly ListedPath[]): Spoil {
  return instead([{ method: 'GET', resource: 'filesystem' }], async (asked, ask) => {
    const answer = await ask(asked);
    if (answer.status !== 200) return answer;
    const { paths } = JSON.parse(answer.body.toString()) as { readonly paths: readonly ListedPath[] };
    return { ...answer, body: Buffer.from(JSON.stringify({ paths: change(paths) })) };
  });
}

export function brokenServerSubject(name: string, spoil: Spoil): Subject<AdlsServerPlace> {
  return adlsServerSubject(name, () => spoilt(spoil));
}

const FRAMING = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);
const UNSIGNED = new Set([...FRAMING, 'authorization', 'host', 'x-ms-date']);

async function spoilt(spoil: Spoil): Promise<AdlsAccount> {
  const server = await startAdlsServer({ containers: ['conformance'] });
  const ask: Ask = async ({ query, ...request }) => {
    const pairs = Object.entries(query).sort(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
    const written = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const { status, headers, body } = await send(server, { ...request, query: written });
    return { status, headers: headers as Record<string, string>, body };
  };
  const front = createServer((request, response) => {
    const answering = async (): Promise<void> => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      const headers = Object.entries(request.headers).filter(([header]) => !UNSIGNED.has(header));
      const answer = await spoil(
        {
          method: request.method ?? '',
          // The SDK leaves the account out where it names what a path is renamed to.
          path: pathname.replace(`/${server.accountName}/`, '/'),
          query: Object.fromEntries(searchParams),
          headers: Object.fromEntries(headers) as Record<string, string>,
          body: await buffer(request),
        },
        ask,
      );
      const length = request.method === 'HEAD' ? (answer.headers['content-length'] ?? '0') : String(answer.body.length);
      for (const [name, value] of Object.entries(answer.headers))
        if (!FRAMING.has(name)) response.setHeader(name, value);
      response.writeHead(answer.status, { 'content-length': length }).end(answer.body);
    };
    answering().catch(() => response.destroy());
  });
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const { port } = front.address() as AddressInfo;
  return {
    connectionString: server.connectionString.replaceAll(`:${server.port}/`, `:${port}/`),
    rightful: server.connectionString,
    ...{ container: 'conformance', prefix: 'streams/' },
    async [Symbol.asyncDispose]() {
      front.closeAllConnections();
      front.close();
      await server.close();
    },
  };
}
