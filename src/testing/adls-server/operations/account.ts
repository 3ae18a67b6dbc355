/** What is asked of the account as a whole. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { child, parseXml, xmlDocument } from '../../store-server/xml.ts';
import type { XmlContent } from '../../store-server/xml.ts';
import { wholeNumber } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { delegationKeyText } from '../sas-text.ts';
import { hmac } from '../shared-key.ts';

const DELEGATED = '00000000-0000-0000-0000-000000000000';

const xmlReply = (root: string, content: XmlContent, attributes: Readonly<Record<string, string>> = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: [Buffer.from(xmlDocument(root, content, attributes))],
});

export function listContainers({ request, containers, limits }: Context): Reply {
  const { prefix = '', marker = '', maxresults, include = '' } = request.query;
  const most = Math.min(wholeNumber(maxresults, 1, 5000) ?? limits.maxResults, limits.maxResults);
  const names = [...containers.keys()].filter((name) => name.startsWith(prefix) && name >= marker).sort();
  const shown = names.slice(0, most).flatMap((name) => containers.get(name) ?? []);
  const content: XmlContent = {
    Prefix: prefix,
    ...(marker === '' ? {} : { Marker: marker }),
    MaxResults: most,
    Containers: {
      Container: shown.map(({ name, etag, lastModified, metadata }) => ({
        Name: name,
        Properties: {
          'Last-Modified': lastModified.toUTCString(),
          Etag: `"${etag}"`,
          LeaseStatus: 'unlocked',
          LeaseState: 'available',
          HasImmutabilityPolicy: false,
          HasLegalHold: false,
        },
        Metadata: include.split(',').includes('metadata') ? metadata : undefined,
      })),
    },
    NextMarker: names[most] ?? '',
  };
  return xmlReply('EnumerationResults', content, { ServiceEndpoint: `http://${request.headers['host'] ?? ''}/` });
}

export function getServiceProperties(): Reply {
  const off = { Version: '1.0', Enabled: false, RetentionPolicy: { Enabled: false } };
  return xmlReply('StorageServiceProperties', {
    Logging: { Version: '1.0', Read: false, Write: false, Delete: false, RetentionPolicy: { Enabled: false } },
    HourMetrics: off,
    MinuteMetrics: off,
    DeleteRetentionPolicy: { Enabled: false },
    StaticWebsite: { Enabled: false },
  });
}

/** Says whether names form a hierarchy. */
export function getAccountInfo({ hierarchicalNamespace }: Context): Reply {
  return emptyReply(200, {
    'x-ms-sku-name': 'Standard_LRS',
    'x-ms-account-kind': 'StorageV2',
    'x-ms-is-hns-enabled': String(hierarchicalNamespace),
  });
}

/** A key that signs for whoever holds a token. */
export function getUserDelegationKey({ request, body, authority }: Context): Reply {
  if (request.authorization !== 'Bearer') throw new AdlsError('AuthenticationFailed');
  const info = parseXml(Buffer.concat(body.chunks).toString());
  const time = (name: string): string => {
    const text = info === undefined ? undefined : child(info, name)?.text;
    if (text === undefined || Number.isNaN(Date.parse(text))) throw new AdlsError('InvalidInput');
    return new Date(text).toISOString().replace(/\.\d+/, '');
  };
  const skv = request.headers['x-ms-version'] ?? '2026-10-06';
  const signed = { skoid: DELEGATED, sktid: DELEGATED, skt: time('Start'), ske: time('Expiry'), sks: 'b', skv };
  const [key = ''] = authority.keys;
  return xmlReply('UserDelegationKey', {
    SignedOid: signed.skoid,
    SignedTid: signed.sktid,
    SignedStart: signed.skt,
    SignedExpiry: signed.ske,
    SignedService: signed.sks,
    SignedVersion: signed.skv,
    Value: hmac(key, delegationKeyText(signed)),
  });
}
