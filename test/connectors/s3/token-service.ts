/** A token service (STS) on loopback: gives sessions out, slowly or badly on request. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface TokenService extends AsyncDisposable {
  readonly endpoint: string;
  /** The parameters of every request so far, and the key that signed it. */
  readonly requests: (Readonly<Record<string, string>> & { readonly signedBy: string })[];
  /** What is given from now on. */
  session: Session;
  /** Answers instead of giving a session. */
  answer: ((response: ServerResponse) => void) | undefined;
}

const NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

export async function startTokenService(session: Session): Promise<TokenService> {
  const requests: TokenService['requests'] = [];
  const service: Pick<TokenService, 'answer' | 'session'> = { answer: undefined, session };
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const parameters = Object.fromEntries(new URLSearchParams(body));
      const signedBy = /Credential=([^/]*)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      requests.push({ ...parameters, signedBy });
      if (service.answer !== undefined) {
        service.answer(response);
        return;
      }
      const { accessKeyId, secretAccessKey, sessionToken } = service.session;
      const action = parameters['Action'] ?? '';
      const keys = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken>`;
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      const user = '<AssumedRoleUser><Arn>arn:aws:sts::1:x</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser>';
      response.setHeader('content-type', 'text/xml');
      response.end(
        `<${action}Response ${NAMESPACE}><${action}Result><Credentials>${keys}<Expiration>${expires}</Expiration></Credentials>${user}</${action}Result></${action}Response>`,
      );
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get session() {
      return service.session;
    },
    set session(given) {
      service.session = given;
    },
    get answer() {
      return service.answer;
    },
    set answer(answer) {
      service.answer = answer;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An error as STS tells it. */
export function stsError(status: number, code: string, message: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    );
  };
}
