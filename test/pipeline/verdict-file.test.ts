import { join } from 'node:path';
import { portable } from '../../pipeline/verdict-file';
import type { Verdict } from '../../rules/verdict';

const verdict = (file: string): Verdict => ({
  directive: 's3-bucket-encrypted',
  resource: { stack: 'orders', logicalId: 'Bucket', type: 'AWS::S3::Bucket' },
  verdict: 'fail',
  controlPoint: 'template',
  source: { file, line: 4 },
});

test.each([
  ['a file of the checkout', '/codebuild/output/src1/src/cdk.out/a.template.json', 'cdk.out/a.template.json'],
  ['one by its path from the working directory', join(process.cwd(), 'x').slice(process.cwd().length + 1), 'x'],
  ['a file elsewhere', '/tmp/other/a.template.json', '/tmp/other/a.template.json'],
  ['standard input', '<stdin>', '<stdin>'],
])('%s', (what, file, expected) => {
  const root = what === 'a file of the checkout' ? '/codebuild/output/src1/src' : process.cwd();
  expect(portable(verdict(file), root).source).toEqual({ file: expected, line: 4 });
});
