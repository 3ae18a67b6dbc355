/** What spans tell of ADLS (OpenTelemetry semantic conventions, "Azure SDK spans"; containers and paths have no names there). */
import { known } from '../../core/operation.ts';
import type { Attributes } from '../../core/operation.ts';
import type { ConnectorError } from '../../errors.ts';
import { accountUrlOf, serverAddress } from './config.ts';
import type { Adls2Profile } from './config.ts';
import type { NativeAdlsClient } from './native-client.ts';

/** Undefined where there are several. */
export function pathAttributes(container: string | undefined, path: string | undefined): Attributes {
  return known({
    'azure.resource_provider.namespace': 'Microsoft.Storage',
    'sluice.adls2.container': container,
    'sluice.adls2.path': path,
  });
}

/** Where requests go by a profile's settings, as far as they say so. */
export function configuredServer(profile: Adls2Profile): Attributes {
  const url = serverAddress(profile) === undefined ? undefined : accountUrlOf(profile.settings);
  return url === undefined ? {} : serverAt(new URL(url));
}

/** The same by what the client itself says, which may have been handed in, or be of a connection string. */
export function clientServer({ url }: NativeAdlsClient): Attributes {
  return serverAt(new URL(url));
}

/** The failed request, as the service's support knows it. */
export function describeAdlsError({ requestId }: ConnectorError): Attributes {
  return known({ 'azure.service.request.id': requestId });
}

function serverAt({ protocol, hostname, port }: URL): Attributes {
  const usual = protocol === 'http:' ? 80 : 443;
  return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) };
}
