/** What spans tell of S3 (OpenTelemetry semantic conventions, "AWS S3 client spans"). */
import { known } from '../../core/operation.ts';
import type { Attributes } from '../../core/operation.ts';
import type { ConnectorError } from '../../errors.ts';
import { serverAddress } from './config.ts';
import type { S3Profile } from './config.ts';
import type { NativeS3Client } from './native-client.ts';

/** One operation may be many requests, so no `rpc.method` is named. */
export function objectAttributes(bucket: string | undefined, key: string | undefined): Attributes {
  return known({ 'rpc.system.name': 'aws-api', 'aws.s3.bucket': bucket, 'aws.s3.key': key });
}

/** Where requests go by a profile's settings, as far as they say so. */
export function configuredServer(profile: S3Profile): Attributes {
  const { endpointUrl, region } = profile.settings;
  const address = serverAddress(profile);
  const port = endpointUrl === undefined ? 443 : portOf(new URL(endpointUrl));
  return known({
    'server.address': address,
    'server.port': address === undefined ? undefined : port,
    'cloud.region': region,
  });
}

/** What an AWS client tells of where it sends its requests. */
interface ClientServer {
  readonly region?: () => Promise<string>;
  /** Only where one was set. */
  readonly endpoint?: () => Promise<{ readonly protocol: string; readonly hostname: string; readonly port?: number }>;
  /** AWS' own endpoints. */
  readonly endpointProvider?: (parameters: { readonly Region: string }) => { readonly url: URL };
}

/** The same by what the client itself says, which may have been handed in, or have found its region by itself. */
export async function clientServer(client: NativeS3Client): Promise<Attributes> {
  const { region, endpoint, endpointProvider } = (client as { readonly config?: ClientServer }).config ?? {};
  const [inRegion, at] = await Promise.all([region?.(), endpoint?.()]);
  if (inRegion === undefined) return {};
  const { protocol, hostname, port = '' } = at ?? endpointProvider?.({ Region: inRegion }).url ?? {};
  return known({
    'server.address': hostname,
    'server.port': hostname === undefined ? undefined : portOf({ protocol, port: String(port) }),
    'cloud.region': inRegion,
  });
}

/** The failed request, as the service's support knows it. */
export function describeS3Error({ requestId }: ConnectorError): Attributes {
  return known({ 'aws.request_id': requestId });
}

function portOf({ protocol, port }: { readonly protocol?: string | undefined; readonly port: string }): number {
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}
