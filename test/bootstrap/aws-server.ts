import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

// A note on Node versions to come, at the first client of every test file.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** A request to AWS, as far as an answer depends on it. */
export interface Asked {
  /** `GetCallerIdentity`, `DescribeConfigurationRecorders` … */
  readonly action: string;
  /** The access key it was signed with. */
  readonly key: string;
  /** Parameters of the query protocol. */
  readonly params: URLSearchParams;
  /** As it was sent: JSON, in the JSON protocol. */
  readonly body: string;
}

/** XML (query protocol) as a string, JSON as an object; an error by `refuse`. */
export type Answer = string | object;

class Refusal {
  constructor(
    readonly code: string,
    readonly message: string,
  ) {}
}

/** An error of AWS. */
export const refuse = (code: string, message: string): object => new Refusal(code, message);

/** What AWS answers that has not given the permission. */
export const denied = (action: string): object =>
  refuse('AccessDenied', `User: arn:aws:iam::111122223333:user/dev is not authorized to perform: ${action}`);

export interface AwsServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly stop: () => Promise<void>;
}

/** A server on this machine that speaks AWS's query and JSON protocols; an action without an answer is refused. */
export async function awsServer(
  answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>,
): Promise<AwsServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    // S3 speaks REST: nothing is there, and what is put is taken.
    if (request.method === 'HEAD' || request.method === 'PUT') {
      const path = (request.url ?? '').split('?')[0];
      asked.push({ ...understood(request, ''), body, action: `${request.method} ${path}` });
      response.statusCode = request.method === 'HEAD' ? 404 : 200;
      response.end();
      return;
    }
    const one = understood(request, body);
    asked.push(one);
    const found = answers[one.action] ?? refuse('UnknownOperation', `no answer to ${one.action}`);
    const answer = typeof found === 'function' ? found(one) : found;
    const isJson = request.headers['x-amz-target'] !== undefined;
    response.setHeader('content-type', isJson ? 'application/x-amz-json-1.1' : 'text/xml');
    if (answer instanceof Refusal) {
      response.statusCode = 400;
      const { code, message } = answer;
      response.end(
        isJson
          ? JSON.stringify({ __type: `${code}Exception`, message })
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    } else if (typeof answer === 'string') {
      response.end(
        `<${one.action}Response><${one.action}Result>${answer}</${one.action}Result></${one.action}Response>`,
      );
    } else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function understood({ headers }: IncomingMessage, body: string): Asked {
  const params = new URLSearchParams(body);
  const target = headers['x-amz-target'];
  const action = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : (params.get('Action') ?? '');
  return { action, key: /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '', params, body };
}
