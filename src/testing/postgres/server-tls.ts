/** Puts a server certificate into a cluster, and the authority's beside it for clients. */
import { join } from 'node:path';
import { writeFor } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Owner } from './run.ts';
import { createServerCertificate } from './self-signed-certificate.ts';
import type { Settings } from './settings.ts';

export interface ServerTls {
  readonly settings: Settings;
  readonly caCertificate: string;
  readonly caCertificateFile: string;
}

/** The file names are the server's defaults (PostgreSQL manual, 18.9). */
export const enableTls = async ({ directory, dataDirectory }: Cluster, owner: Owner): Promise<ServerTls> => {
  const { ca, certificate, privateKey } = createServerCertificate();
  const caCertificateFile = join(directory, 'ca.crt');
  await writeFor(owner, join(dataDirectory, 'server.crt'), certificate);
  await writeFor(owner, join(dataDirectory, 'server.key'), privateKey);
  await writeFor(owner, caCertificateFile, ca);
  return { settings: { ssl: 'on' }, caCertificate: ca, caCertificateFile };
};
