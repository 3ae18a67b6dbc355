/** The ADLS servers of the cases, and how each client is told of them. */
import { startServerProcess } from '../servers/run-as-process.ts';
import { distantPort } from './distance.ts';
import type { Distance } from './distance.ts';

/** The contenders of the Azure SDK have it in themselves. */
export const CONTAINER = 'bench-files';

export interface DataLake {
  readonly port: number;
  /** Of the account, with its key. */
  readonly connectionString: string;
}

/** Serves files out of memory: paths and sizes. */
export async function staticLake(
  stack: AsyncDisposableStack,
  files: Readonly<Record<string, number>>,
): Promise<DataLake> {
  const specs = Object.entries(files).flatMap(([path, bytes]) => ['--file', `${path}=${bytes}`]);
  return dataLake(stack.use(await startServerProcess('static-adls', specs)).port);
}

/** Takes files and throws their bytes away. */
export async function drainingLake(stack: AsyncDisposableStack): Promise<DataLake> {
  return dataLake(stack.use(await startServerProcess('draining-adls')).port);
}

/** The same account from afar. */
export async function lakeFromAfar(
  stack: AsyncDisposableStack,
  { port }: DataLake,
  distance: Distance,
): Promise<DataLake> {
  return dataLake(await distantPort(stack, port, distance));
}

/** Of a server at `port`. */
export function dataLake(port: number): DataLake {
  const account = { AccountName: 'bench', AccountKey: 'YmVuY2g=', BlobEndpoint: `http://127.0.0.1:${port}/bench` };
  const parts = Object.entries({ DefaultEndpointsProtocol: 'http', ...account });
  return { port, connectionString: parts.map(([name, value]) => `${name}=${value};`).join('') };
}
