/** Where the files go: a local Data Lake account in this process, or the one that the profile `demo` names. */
import { adls2 } from 'sluice';
import { startAdlsServer } from 'sluice/testing';

export interface Lake {
  readonly title: string;
  /** For the options of `adlsSource` and `adlsSink`. */
  readonly connection: { readonly profile: string } | { readonly config: { readonly connectionString: string } };
  /** Begins the URL of every file of the demo; ends with `/`. */
  readonly baseUrl: string;
  /** Ends everything, throws if something is left, and otherwise says how things stand. */
  close(): Promise<string>;
}

const PROFILE_VARIABLES = 'AUTO_WORKFLOW_CONNECTORS_ADLS2_DEMO__';

export async function openLake(): Promise<Lake> {
  const hasProfile = Object.keys(process.env).some((name) => name.startsWith(PROFILE_VARIABLES));
  return hasProfile ? profiled() : local();
}

async function local(): Promise<Lake> {
  const container = 'sluice-demo';
  const server = await startAdlsServer({ containers: [container] });
  return {
    title: `local account on ${server.endpoint}, in memory`,
    connection: { config: { connectionString: server.connectionString } },
    baseUrl: `adls://${container}/`,
    close: async () => {
      const temporary = server.paths(container).filter(({ path }) => path.endsWith('.sluice-tmp'));
      await server.close();
      if (temporary.length > 0) throw new Error(`${temporary.length} temporary files are left in the Data Lake`);
      return 'Data Lake closed, no temporary file';
    },
  };
}

function profiled(): Lake {
  const container = process.env['SLUICE_DEMO_CONTAINER'];
  if (container === undefined) {
    throw new Error(`${PROFILE_VARIABLES}... is set: name the container to use in SLUICE_DEMO_CONTAINER`);
  }
  const directory = `sluice-demo-${crypto.randomUUID().slice(0, 8)}`;
  const url = `adls://${container}/${directory}/`;
  return {
    title: `profile 'demo' (${PROFILE_VARIABLES}...), ${url}`,
    connection: { profile: 'demo' },
    baseUrl: url,
    close: async () => {
      const client = adls2.client('demo');
      try {
        // A demo that was stopped early may have written nothing.
        const wroteSomething = await client.exists(container, directory);
        if (wroteSomething) await client.deletePath(container, directory, { recursive: true });
      } finally {
        await client.close();
      }
      return `directory ${url} deleted`;
    },
  };
}
