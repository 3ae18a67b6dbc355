/** Clients by the names of their connector and profile: made at once, opened by their first use, one for equal settings. */
import type { InferOutput } from 'valibot';
import type { Schema } from '../config/check.ts';
import { layeredKey, resolveProfile } from '../config/resolve.ts';
import type { Profile } from '../config/resolve.ts';
import { forgetConfigFiles } from '../config/file.ts';
import type { Layer } from '../config/layer.ts';
import { connectorError } from '../errors.ts';
import { Adls2Client } from './adls2/client.ts';
import { adls2Profile } from './adls2/config.ts';
import type { Adls2Settings } from './adls2/config.ts';
import { PostgresClient } from './postgres/client.ts';
import { postgresProfile } from './postgres/config.ts';
import { S3Client } from './s3/client.ts';
import { s3Profile } from './s3/config.ts';
import type { S3Settings } from './s3/config.ts';

/** What a client must have to be kept here. */
export interface RegisteredClient {
  isClosed(): boolean;
  close(): Promise<void>;
}

/** What a factory is told. */
export interface ConnectorRequest {
  readonly profile: string;
  /** Settings over those of the profile, from whoever asked for the client. */
  readonly config: Layer | undefined;
  /**
   * The settings of the profile by a schema of the factory's own (valibot, see `fields`): layered, coerced and checked
   * as those of the built-in connectors. To be called by the client's first use, not before.
   *
   * @throws ConfigError `CONFIG_INVALID`
   */
  settings<S extends Schema>(schema: S): Profile<InferOutput<S>>;
}

/** Makes the client of a profile. Nothing may be read or opened before its first use. */
export type ConnectorFactory<C extends RegisteredClient = RegisteredClient> = (request: ConnectorRequest) => C;

/** The clients by the names of their connectors. Add yours by declaration merging. */
export interface ConnectorClients {
  postgres: PostgresClient;
  s3: S3Client;
  adls2: Adls2Client;
}

const builtIn: { readonly [N in keyof ConnectorClients]: ConnectorFactory<ConnectorClients[N]> } = {
  postgres: ({ profile, config }) => new PostgresClient(profile, () => postgresProfile(profile, config)),
  s3: ({ profile, config }) => new S3Client(profile, () => s3Profile(profile, config)),
  adls2: ({ profile, config }) => new Adls2Client(profile, () => adls2Profile(profile, config)),
};
const factories = new Map<string, ConnectorFactory>(Object.entries(builtIn));
const clients = new Map<string, RegisteredClient>();

export const connectors = {
  /**
   * The client of a profile. The same one for the same settings, as long as it is not closed; secrets that change make
   * no second one. Settings that are wrong are told by its first use.
   *
   * @throws ConfigError `CONFIG_INVALID` for a name that nobody has registered.
   */
  get<N extends string>(
    name: N,
    profile = 'default',
    config?: Layer,
  ): N extends keyof ConnectorClients ? ConnectorClients[N] : RegisteredClient {
    type Client = N extends keyof ConnectorClients ? ConnectorClients[N] : RegisteredClient;
    const factory = factories.get(name);
    if (factory === undefined) {
      const known = [...factories.keys()].join(', ');
      throw connectorError('CONFIG_INVALID', `no connector is called '${name}'; there are ${known}`);
    }
    const source = { connector: name, profile, overrides: config };
    const key = `${name} ${profile} ${layeredKey(source)}`;
    const cached = clients.get(key);
    if (cached !== undefined && !cached.isClosed()) return cached as Client;
    const client = factory({ profile, config, settings: (schema) => resolveProfile(schema, source) });
    clients.set(key, client);
    return client as Client;
  },

  /** Adds a connector, or puts another in its place; clients that exist stay as they are. */
  register(name: string, factory: ConnectorFactory): void {
    if (!/^[a-z][a-z0-9]*$/.test(name)) {
      throw connectorError('CONFIG_INVALID', 'the name of a connector is lower-case letters and digits');
    }
    factories.set(name, factory);
  },

  /** Closes every client that was made here; the config file is read anew by the next use. */
  async reset(): Promise<void> {
    const open = [...clients.values()];
    clients.clear();
    forgetConfigFiles();
    await Promise.allSettled(open.map((client) => client.close()));
  },
};

export const postgres = {
  /** `connectors.get('postgres', profile)` */
  client: (profile?: string, config?: Layer): PostgresClient => connectors.get('postgres', profile, config),
};

export const s3 = {
  /** `connectors.get('s3', profile)` */
  client: (profile?: string, config?: S3Settings): S3Client => connectors.get('s3', profile, config),
};

export const adls2 = {
  /** `connectors.get('adls2', profile)` */
  client: (profile?: string, config?: Adls2Settings): Adls2Client => connectors.get('adls2', profile, config),
};
