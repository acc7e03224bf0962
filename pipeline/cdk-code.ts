import type { Json, Properties } from '../rules/directive';
import type { Verdict } from '../rules/verdict';

/**
 * The code that sets properties of a resource the CDK makes, whatever construct makes it: an override of its L1
 * construct, since not every L2 construct lets itself be told.
 */
export function cdkCode({ resource, source }: Verdict, fix: Properties): string[] {
  const [, service = '', name = ''] = resource.type.split('::');
  const path = source?.constructPath?.split('/') ?? [];
  const isL1 = path.length > 0 && !/^(Resource|Default)$/.test(path.at(-1) ?? '');
  const id = (isL1 ? path.at(-1) : path.at(-2)) ?? 'construct';
  const variable = nameOf(id);
  const construct = isL1 ? variable : `(${variable}.node.defaultChild as Cfn${name})`;
  return [
    ...(isL1 ? [] : [`import { Cfn${name} } from 'aws-cdk-lib/aws-${service.toLowerCase()}';`]),
    ...Object.entries(fix).map(
      ([property, value]) => `${construct}.addPropertyOverride('${property}', ${literal(value)});`,
    ),
  ];
}

/** What a variable for a construct of that id may be called. */
function nameOf(id: string): string {
  const words = id.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const name = joined.charAt(0).toLowerCase() + joined.slice(1);
  return /^[a-z]/.test(name) ? name : `construct${joined}`;
}

const literal = (value: Json) =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);
