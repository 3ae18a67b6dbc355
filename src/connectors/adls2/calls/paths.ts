/** Calls about one path that need no more than a question or two: whether it is there, and that directories are. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { callShape } from '../../../config/call-shape.ts';
import { boolean } from '../../../config/schema.ts';
import type { CommitVerdict } from '../../../core/commit-settlement.ts';
import type { OwnClient } from '../stream-options.ts';
import { classifyAdlsError } from '../errors.ts';
import { WRITE_ID } from '../file-headers.ts';
import { adlsOptions } from '../options.ts';
import { createContainer as create, containerMetadata, createDirectory } from '../path-requests.ts';
import { checkContainer, checkTarget } from '../target.ts';
import { storedPath } from '../write-requests.ts';
import type { AdlsCallOptions } from './call-options.ts';
import { clientCall } from './client-call.ts';

/** Of what may be there already. */
export interface CreationOptions extends AdlsCallOptions {
  /** `false`: what is there already is `ALREADY_EXISTS`. Default `true`. */
  readonly existOk?: boolean | undefined;
}

const callSchema = v.object(callShape);
const creationSchema = v.object({ ...callShape, existOk: v.optional(boolean(), true) });

export async function exists(
  client: OwnClient,
  container: string,
  path: string,
  options: AdlsCallOptions,
): Promise<boolean> {
  const checked = adlsOptions(callSchema, options, 'exists');
  checkTarget(container, path);
  return clientCall(client, { operation: 'exists', container, path }, checked, async ({ send }) => {
    const isThere = await send(async (adls, cut) => {
      try {
        await adls.properties({ container, path }, cut);
        return true;
      } catch (error) {
        if (classifyAdlsError(error, 'read').status === 404) return false;
        throw error;
      }
    }, 'read');
    return [isThere, {}];
  });
}

export async function makeDirs(
  client: OwnClient,
  container: string,
  path: string,
  options: CreationOptions,
): Promise<void> {
  const { existOk, ...call } = adlsOptions(creationSchema, options, 'makeDirs');
  checkTarget(container, path);
  const target = { container, path };
  return clientCall(client, { operation: 'make_dirs', ...target }, call, async ({ commit }) => {
    const id = existOk ? undefined : randomUUID();
    await commit(
      async (adls, cut) => {
        try {
          await createDirectory(adls, target, stampOf(id), cut);
        } catch (error) {
          // A file may be in the way as well.
          const isThere = existOk && classifyAdlsError(error, 'write').code === 'ALREADY_EXISTS';
          if (!isThere || !(await storedPath(adls, target, cut)).isDirectory) throw error;
        }
      },
      'write',
      (adls, cut) =>
        lookAt(async () => {
          const { isDirectory, writeId } = await storedPath(adls, target, cut);
          return isDirectory && (existOk || writeId === id);
        }),
    );
    return [undefined, {}];
  });
}

export async function createContainer(client: OwnClient, container: string, options: CreationOptions): Promise<void> {
  const { existOk, ...call } = adlsOptions(creationSchema, options, 'createContainer');
  checkContainer(container);
  return clientCall(client, { operation: 'create_container', container }, call, async ({ commit }) => {
    const id = existOk ? undefined : randomUUID();
    await commit(
      async (adls, cut) => {
        try {
          await create(adls, container, stampOf(id), cut);
        } catch (error) {
          if (!existOk || classifyAdlsError(error, 'write').code !== 'ALREADY_EXISTS') throw error;
        }
      },
      'write',
      (adls, cut) =>
        lookAt(async () => {
          const metadata = await containerMetadata(adls, container, cut);
          return existOk || metadata[WRITE_ID] === id;
        }),
    );
    return [undefined, {}];
  });
}

/** What is made by this call is known by its id, where another's is not as good. */
function stampOf(id: string | undefined): Readonly<Record<string, string>> {
  return id === undefined ? {} : { [WRITE_ID]: id };
}

async function lookAt(isMade: () => Promise<boolean>): Promise<CommitVerdict<void>> {
  try {
    return (await isMade()) ? { state: 'done', committed: undefined } : { state: 'absent' };
  } catch (error) {
    if (classifyAdlsError(error, 'read').code === 'NOT_FOUND') return { state: 'absent' };
    throw error;
  }
}
