import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Adls2Client } from '../../src/connectors/adls2/index.ts';
import { adls2 } from '../../src/connectors/registry.ts';
import type { AdlsOperation } from '../../src/testing/adls-server/index.ts';
import { useCalling } from '../connectors/adls2/calling.ts';
import { CONTAINER, settingsFor } from '../connectors/adls2/writing.ts';
import { tellsOfCalls } from './client-calls.ts';
import type { ToldCall } from './client-calls.ts';

interface Method extends ToldCall<Adls2Client> {
  /** The request that fails, is repeated, or is never answered. */
  readonly request: AdlsOperation;
}

describe('what is told of a call of a client of ADLS Gen2', () => {
  const server = useCalling();
  beforeEach(async () => {
    await writeFile(path.join(server.folder, 'file'), 'data');
    server.adls.putFile(CONTAINER, 'file', 'bytes');
  });

  const within = (container: string) => ({ attributes: { 'sluice.adls2.container': container } });
  const about = (name: string) => ({
    attributes: { 'sluice.adls2.container': CONTAINER, 'sluice.adls2.path': name },
  });
  const ofFile = { endings: ['success', 'failure'] } as const;
  const methods: readonly Method[] = [
    {
      ...{ name: 'exists', operation: 'exists', request: 'GetBlobProperties', ...about('file') },
      ask: (client, options) => client.exists(CONTAINER, 'file', options),
    },
    {
      ...{ name: 'listPaths', operation: 'list_paths', request: 'ListPaths', ...within(CONTAINER) },
      totals: { rows: 1 },
      ask: (client, options) => Readable.from(client.listPaths(CONTAINER, options)).toArray(),
    },
    {
      ...{ name: 'makeDirs', operation: 'make_dirs', request: 'CreatePathDir', ...about('new') },
      aborted: 'unknown',
      ask: (client, options) => client.makeDirs(CONTAINER, 'new', options),
    },
    {
      ...{ name: 'createContainer', operation: 'create_container', request: 'CreateContainer', ...within('new') },
      aborted: 'unknown',
      ask: (client, options) => client.createContainer('new', options),
    },
    {
      ...{ name: 'deletePath', operation: 'delete_path', request: 'DeletePath', ...about('file') },
      aborted: 'unknown',
      ask: (client, options) => client.deletePath(CONTAINER, 'file', options),
    },
    {
      ...{ name: 'rename', operation: 'rename', request: 'RenamePath', ...about('file') },
      aborted: 'unknown',
      ask: (client, options) => client.rename(CONTAINER, 'file', 'new', options),
    },
    {
      ...{ name: 'sweepTemporary', operation: 'sweep_temporary', request: 'ListPaths', ...within(CONTAINER) },
      totals: { rows: 0 },
      ask: (client, options) => client.sweepTemporary(CONTAINER, { olderThan: 0, ...options }),
    },
    {
      // Asked once, and about no container.
      ...{ name: 'ping', operation: 'ping', request: 'ListContainers', attributes: {} },
      endings: ['success', 'failure', 'abort'],
      ask: (client, { signal }) => client.ping({ signal }),
    },
    {
      ...{ name: 'uploadFile', operation: 'upload_file', request: 'AppendFile', ...about('new'), ...ofFile },
      totals: { bytes: 4 },
      ask: (client, options) => client.uploadFile(path.join(server.folder, 'file'), CONTAINER, 'new', options),
    },
    {
      ...{ name: 'downloadFile', operation: 'download_file', request: 'GetBlob', ...about('file'), ...ofFile },
      totals: { bytes: 5 },
      ask: (client, options) => client.downloadFile(CONTAINER, 'file', path.join(server.folder, 'out'), options),
    },
  ];

  tellsOfCalls(
    {
      ...{ connector: 'adls2', requestId: 'azure.service.request.id', methods },
      open: (profile) => adls2.client(profile, settingsFor(server.adls, server.adls.port)),
      attributes: () => ({
        'azure.resource_provider.namespace': 'Microsoft.Storage',
        ...{ 'server.address': '127.0.0.1', 'server.port': server.adls.port },
      }),
      on: ({ request }, nth, action) => server.adls.on(request, nth, action),
      refusal: { status: 403, code: 'AuthorizationFailure' },
    },
    35,
  );
});
