import { createServer, type IncomingMessage } from 'node:http';

/** An error's name; the message is of no matter. */
export class Refusal {
  constructor(readonly name: string) {}
}
export type Answers = Readonly<Record<string, (request: Readonly<Record<string, unknown>>) => unknown>>;

/** AWS services that speak JSON, as far as the answers go: `KMS.DescribeKey` …; everything else is not allowed. */
export interface Service {
  readonly access: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What was asked, in order. */
  readonly asked: string[];
  answers: Answers;
  stop(): Promise<void>;
}

const NAMES: Readonly<Record<string, string>> = {
  TrentService: 'KMS',
  'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101': 'CloudTrail',
  CloudTrail_20131101: 'CloudTrail',
  CloudApiService: 'CloudControl',
  AmazonAthena: 'Athena',
};

export async function startService(): Promise<Service> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    read(request).then((body) => {
      const [, prefix = '', action = ''] = /^(.*)\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? '')) ?? [];
      const name = `${NAMES[prefix] ?? prefix}.${action}`;
      asked.push(name);
      const answer = service.answers[name];
      const said = answer ? answer(JSON.parse(body || '{}')) : new Refusal('AccessDeniedException');
      const failed = said instanceof Refusal;
      response
        .writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(failed ? { __type: said.name, message: 'no' } : said));
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
  const service: Service = {
    access: {
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    asked,
    answers: {},
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return service;
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
