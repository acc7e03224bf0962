import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** An API model as AWS publishes it: https://github.com/boto/botocore, `data/<service>/<version>/service-2.json`. */
const modelSchema = z.object({
  metadata: z.object({ targetPrefix: z.string(), protocols: z.array(z.string()) }),
  operations: z.record(
    z.string(),
    z.object({
      input: z.object({ shape: z.string() }),
      output: z.object({ shape: z.string() }).optional(),
      errors: z.array(z.object({ shape: z.string() })).default([]),
    }),
  ),
  shapes: z.record(
    z.string(),
    z.object({
      type: z.string(),
      required: z.array(z.string()).default([]),
      members: z.record(z.string(), z.object({ shape: z.string() })).default({}),
      member: z.object({ shape: z.string() }).optional(),
      key: z.object({ shape: z.string() }).optional(),
      value: z.object({ shape: z.string() }).optional(),
      enum: z.array(z.string()).optional(),
      pattern: z.string().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
  ),
});
type Model = z.infer<typeof modelSchema>;

/** Where the models are: botocore comes with the local account's Python environment. */
function modelFolder(): string {
  const own = resolve(__dirname, '../../../.cipherline');
  for (const python of readdirSync(own).filter((name) => /^python-[0-9a-f]+$/.test(name))) {
    const lib = join(own, python, 'lib');
    for (const version of existsSync(lib) ? readdirSync(lib) : []) {
      const data = join(lib, version, 'site-packages/botocore/data');
      if (existsSync(data)) return data;
    }
  }
  throw new Error('no botocore here: npx cipherline local setup');
}

export function loadModel(service: string): Model {
  const folder = join(modelFolder(), service);
  const version = readdirSync(folder).sort().at(-1) ?? '';
  const text = gunzipSync(readFileSync(join(folder, version, 'service-2.json.gz'))).toString();
  return modelSchema.parse(JSON.parse(text));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What in a value is not as its shape says: unknown and missing members, types, enums, patterns, lengths. */
export function problemsOf(model: Model, shapeName: string, value: unknown, path = shapeName): string[] {
  const shape = model.shapes[shapeName];
  if (!shape) return [`${path}: no shape ${shapeName}`];
  const { type, min = 0, max = Number.POSITIVE_INFINITY } = shape;
  const sized = (size: number) => (size < min || size > max ? [`${path}: ${size} is not from ${min} to ${max}`] : []);
  switch (type) {
    case 'structure': {
      if (!isRecord(value)) return [`${path}: not a structure`];
      return [
        ...shape.required.filter((name) => value[name] === undefined).map((name) => `${path}.${name}: missing`),
        ...Object.entries(value).flatMap(([name, member]) => {
          const of = shape.members[name];
          return of ? problemsOf(model, of.shape, member, `${path}.${name}`) : [`${path}.${name}: no such member`];
        }),
      ];
    }
    case 'list':
      if (!Array.isArray(value)) return [`${path}: not a list`];
      return [
        ...sized(value.length),
        ...value.flatMap((one, index) => problemsOf(model, shape.member?.shape ?? '', one, `${path}[${index}]`)),
      ];
    case 'map':
      if (!isRecord(value)) return [`${path}: not a map`];
      return Object.entries(value).flatMap(([key, one]) => [
        ...problemsOf(model, shape.key?.shape ?? '', key, `${path} key`),
        ...problemsOf(model, shape.value?.shape ?? '', one, `${path}.${key}`),
      ]);
    case 'string':
      if (typeof value !== 'string') return [`${path}: not a string`];
      return [
        ...sized(value.length),
        ...(shape.enum && !shape.enum.includes(value)
          ? [`${path}: '${value}' is none of ${shape.enum.join(', ')}`]
          : []),
        ...(shape.pattern && !new RegExp(`^(?:${shape.pattern})$`, 's').test(value)
          ? [`${path}: '${value}' does not match ${shape.pattern}`]
          : []),
      ];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: not a boolean`];
    case 'integer':
    case 'long':
      return Number.isInteger(value) ? sized(Number(value)) : [`${path}: not a whole number`];
    case 'timestamp':
    case 'double':
    case 'float':
      return typeof value === 'number' ? [] : [`${path}: not a number`];
    default:
      return [`${path}: nobody checks a ${type} yet`];
  }
}

/** An error answer. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export interface Request {
  /** `codepipeline:GetPipelineState`. */
  readonly call: string;
  readonly input: Record<string, unknown>;
}

/** Answers by call; each gets the input and how many times it was asked before. */
export type Answers = Readonly<Record<string, (input: Record<string, unknown>, before: number) => unknown>>;

export interface ModelServer {
  readonly endpoint: string;
  readonly requests: Request[];
  /** What was wrong with a request or an answer, by the model: a test ends with none. */
  readonly problems: string[];
  /** Replaces the answers, and forgets what was asked. */
  readonly answer: (answers: Answers) => void;
  readonly close: () => Promise<void>;
}

/** Errors every AWS service may give: https://docs.aws.amazon.com/codepipeline/latest/APIReference/CommonErrors.html */
const COMMON = ['ThrottlingException', 'AccessDeniedException', 'ExpiredTokenException', 'InternalFailure'];

/** A server that speaks the JSON protocol of these services and holds requests and answers to their models. */
export async function startModelServer(services: readonly string[]): Promise<ModelServer> {
  const models = services.map((service) => ({ service, model: loadModel(service) }));
  const requests: Request[] = [];
  const problems: string[] = [];
  let answers: Answers = {};

  const handle = (target: string, body: string): unknown => {
    const [prefix, operationName = ''] = target.split('.');
    const found = models.find(({ model }) => model.metadata.targetPrefix === prefix);
    const operation = found?.model.operations[operationName];
    if (!found || !operation) {
      problems.push(`no operation ${target}`);
      throw new Fault('UnknownOperationException', target);
    }
    const { service, model } = found;
    const call = `${service}:${operationName}`;
    const input: unknown = JSON.parse(body);
    const wrong = problemsOf(model, operation.input.shape, input, call);
    if (wrong.length > 0 || !isRecord(input)) {
      problems.push(...wrong);
      throw new Fault('ValidationException', wrong.join('; '));
    }
    const before = requests.filter((one) => one.call === call).length;
    requests.push({ call, input });
    const answer = answers[call];
    if (!answer) {
      problems.push(`${call} was not expected`);
      throw new Fault('AccessDeniedException', `not expected: ${call}`);
    }
    try {
      const output = answer(input, before) ?? {};
      if (operation.output) problems.push(...problemsOf(model, operation.output.shape, output, `${call} answer`));
      return output;
    } catch (error) {
      const known = [...COMMON, ...operation.errors.map(({ shape }) => shape)];
      if (error instanceof Fault && !known.includes(error.code)) problems.push(`${call} never says ${error.code}`);
      throw error;
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const send = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'test' });
        response.end(JSON.stringify(body));
      };
      try {
        const { 'x-amz-target': target, 'content-type': type } = request.headers;
        if (type !== 'application/x-amz-json-1.1') problems.push(`${target}: content type ${type}`);
        send(200, handle(String(target), Buffer.concat(chunks).toString()));
      } catch (error) {
        if (error instanceof Fault) send(error.status, { __type: error.code, message: error.message });
        else {
          problems.push(String(error));
          send(500, { __type: 'InternalFailure', message: String(error) });
        }
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    problems,
    answer: (next) => {
      answers = next;
      requests.length = 0;
      problems.length = 0;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
