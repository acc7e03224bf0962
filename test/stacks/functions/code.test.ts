import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionCode, functionRuntime } from '../../../stacks/functions/code';
import { scratch, writeFiles } from '../../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';
const sources = (answer: string): string =>
  writeFiles(temporary.folder(), {
    'answer.ts': `export const answer: string = '${answer}';`,
    'hello.ts': `import { createHash } from 'node:crypto';
      import { answer } from './answer';
      export const handler = async () => createHash('sha256').update(answer).digest('hex');`,
  });

/** Synthesizes a stack with the function; the folder of its code and the template. */
function synthesize(folder: string): { readonly code: string; readonly template: Template } {
  const app = new App({ outdir: temporary.folder() });
  const stack = new Stack(app, 'Stack');
  new lambda.Function(stack, 'Function', {
    runtime: functionRuntime,
    handler: 'index.handler',
    code: functionCode('hello', { folder, key: kms.Key.fromKeyArn(stack, 'Key', keyArn) }),
  });
  const template = Template.fromStack(stack);
  app.synth();
  const asset = readdirSync(app.outdir).find((name) => name.startsWith('asset.'));
  if (asset === undefined) throw new Error('the assembly has no asset');
  return { code: join(app.outdir, asset), template };
}

test('a function and what it imports are one file that runs anywhere', () => {
  const { code, template } = synthesize(sources('42'));
  expect(readdirSync(code)).toEqual(['index.js']);
  const program = `require(${JSON.stringify(join(code, 'index.js'))}).handler().then(console.log)`;
  const answer = execFileSync(process.execPath, ['-e', program], { cwd: '/', encoding: 'utf8' });
  expect(answer.trim()).toBe('73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049');
  template.hasResourceProperties('AWS::Lambda::Function', { Code: { SourceKMSKeyArn: keyArn } });
});

test('the same sources make the same asset wherever they lie, and a change makes another', () => {
  const [one, same, other] = [sources('42'), sources('42'), sources('43')].map((folder) => synthesize(folder).code);
  const name = (folder: string | undefined) => folder?.split('/').at(-1);
  expect(name(same)).toBe(name(one));
  expect(name(other)).not.toBe(name(one));
});

test('the bundle names no folder of this machine', () => {
  const folder = sources('44');
  const text = readFileSync(join(synthesize(folder).code, 'index.js'), 'utf8');
  expect(text).not.toContain(folder);
  expect(text).not.toContain(resolve(__dirname, '../../..'));
});

test('a source that does not compile stops the synthesis and says where', () => {
  const folder = writeFiles(temporary.folder(), { 'hello.ts': 'export const handler = (' });
  expect(() => synthesize(folder)).toThrow(/hello\.ts:1:2\d: ERROR/);
});
