/** What both ADLS servers share: path-style addresses of the account `bench`, whoever asks. */
import { startHttpListener } from './http-listener.ts';
import type { HttpCall } from './http-listener.ts';
import type { BenchServer } from './run-as-process.ts';

export interface AdlsCall extends Omit<HttpCall, 'segments'> {
  /** Container and path. */
  readonly file: string;
}

/** The SDK leaves the account out of a rename's address. */
const ACCOUNT = 'bench';

export function startAdlsListener(port: number, handle: (call: AdlsCall) => Promise<void>): Promise<BenchServer> {
  return startHttpListener(port, ({ segments, ...call }) => handle({ ...call, file: withoutAccount(segments) }));
}

export function withoutAccount(segments: readonly string[]): string {
  return (segments[0] === ACCOUNT ? segments.slice(1) : segments).join('/');
}

export function answer(
  { response }: AdlsCall,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
): void {
  response.writeHead(status, { 'x-ms-request-id': 'bench', 'content-length': 0, ...headers });
  response.end();
}

/** Clients read the code in the header. */
export function refuse(call: AdlsCall, status: number, code: string): void {
  answer(call, status, { 'x-ms-error-code': code });
}
