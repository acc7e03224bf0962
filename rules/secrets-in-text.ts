import { secretName } from './credentials';

/** A secret in a text: what it is, itself, and where it begins, counted in UTF-16 units. */
export interface FoundSecret {
  readonly kind: string;
  /** Never to be told: `redacted` says what may be. */
  readonly secret: string;
  readonly at: number;
}

/** The value of a name: `name = "value"`, `"name": "value"`, `name => 'value'`, in quotes of any kind. */
const quoted =
  /(?<![\w.-])([A-Za-z][\w.-]{2,63})["'`]?\]?\s{0,8}(?::\s?string\s{0,4})?(?:=>|:=|[:=])\s{0,8}(["'`])([^"'`\n\\]{12,512})\2/g;
/** `NAME=value` and `name: value` without quotes, a line of its own: `.env`, INI, properties, YAML. */
const bare =
  /^[ \t]*(?:-[ \t]+)?(?:export[ \t]+)?([A-Za-z][\w.-]{2,63})[ \t]*[=:][ \t]*([^\s"'`#,;(){}<>[\]]{12,512})[ \t]*$/gm;

/**
 * What is a secret by its form, whatever it is called. The last group is the secret.
 *
 * - AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids; a key id by
 *   itself is none, so that it counts beside a text that can be its secret only.
 * - Amazon Bedrock: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
 * - PEM: https://www.rfc-editor.org/rfc/rfc7468; with a body, for a program that looks for the header holds no key.
 * - GitLab: https://docs.gitlab.com/security/tokens/#token-prefixes
 * - Stripe: https://docs.stripe.com/keys; keys of test mode reach no money and no person.
 * - GitHub: https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github;
 *   tokens of an installation are JWTs now: https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
 * - Slack: https://docs.slack.dev/authentication/tokens and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * - Google: https://cloud.google.com/docs/authentication/api-keys
 * - npm: https://docs.npmjs.com/about-access-tokens; PyPI: https://pypi.org/help/#apitoken
 * - SendGrid: https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
 * - Docker: https://docs.docker.com/security/access-tokens/
 * - OpenAI: https://platform.openai.com/docs/api-reference/authentication; Anthropic: https://docs.claude.com/en/api/overview
 * - Azure Storage: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 * - Shopify: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
 */
const forms: readonly (readonly [kind: string, pattern: RegExp])[] = [
  [
    'an AWS secret access key',
    /aws_?secret_?access_?key["'`]?\s*(?::\s*string\s*)?(?:=>|[=:])\s*["'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
  ],
  [
    'an AWS secret access key',
    /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b[^A-Za-z0-9/+][\s\S]{0,160}?(?<![A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/g,
  ],
  ['an AWS session token', /aws_?session_?token["'`]?\s*(?:=>|[=:])\s*["'`]?([A-Za-z0-9/+=]{100,})/gi],
  ['an API key of Amazon Bedrock', /\b(ABSK[A-Za-z0-9+/]{80,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{60,})/g],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----((?:\\r|\\n|[A-Za-z0-9+/=\s"',+:-]){64,})/g],
  ['a GitHub token', /\b(gh[pour]_[A-Za-z0-9]{36,251}|ghs_[\w.-]{36,1000}|github_pat_[A-Za-z0-9_]{22,243})/g],
  ['a GitLab token', /\b(gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[\w.-]{20,})/g],
  ['a Stripe key', /\b((?:[rs]k_live|whsec)_[A-Za-z0-9]{20,})/g],
  ['a Slack token', /\b(xox[a-z](?:\.xox[a-z])?-[\w-]{20,}|xapp-\d-[\w-]{20,})/g],
  ['a Slack webhook', /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/(\w+\/\w+\/\w{16,})/g],
  ['an npm token', /\b(npm_[A-Za-z0-9]{36})\b/g],
  ['a PyPI token', /\b(pypi-AgEI[\w-]{50,})/g],
  ['a SendGrid key', /\b(SG\.[\w-]{22}\.[\w-]{43})/g],
  ['a Docker token', /\b(dckr_[a-z]{3}_[\w-]{20,})/g],
  ['an API key of OpenAI or Anthropic', /\b(sk-(?:ant|proj|svcacct|admin)[\w-]{40,})/g],
  ['a key of an Azure storage account', /\bAccountKey=([A-Za-z0-9+/]{86}==)/g],
  ['a Shopify token', /\b(shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32})\b/g],
  ['a Google API key', /\b(AIza[\w-]{35})(?![\w-])/g],
  ['a password in an address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`<>]{0,64}:([^\s/@"'`<>]{3,256})@[^\s@]/gi],
];

/** What people write where a secret would stand. */
const placeholder =
  /example|placeholder|change.?me|redacted|dummy|fixture|not[-_ ]a[-_ ]|your[-_ ]|correct.?horse|^[a-z_-]*pass(?:word|wd)?$|^secret|^token$|^test|x{4}|\*{3}|\.{3}|…|<|>|\$\{|\$\(|^\$|^%|\{\{|^arn:|0{6}|1234567/i;

/** Bits per character, by how often each stands in the text. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether a text stands for a secret only: the keys AWS documents, a variable, a row of the same character. */
export const isPlaceholder = (secret: string): boolean =>
  placeholder.test(secret) || entropy(secret) < (secret.length >= 20 ? 2.5 : 1.5);

/**
 * Whether a value looks drawn at random: letters and digits mixed, as no name, path, version or sentence mixes them.
 * 3 bits a character is what 12 random letters and digits hardly ever fall below.
 */
function looksRandom(value: string): boolean {
  if (!/[A-Za-z]/.test(value) || !/\d/.test(value) || /\s|:\/\//.test(value)) return false;
  // A UUID is a name more often than a secret.
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return false;
  const hexadecimal = /^[0-9a-f]+$/i.test(value);
  if (hexadecimal) return value.length >= 32 && entropy(value) >= 3;
  // Words and numbers, joined: `app-db-2024`, `secrets.tokenV2`, `path/to/file1.ts`.
  const pieces = value.split(/[-_./:]/);
  if (pieces.every((piece) => /^(?:[A-Za-z]?[a-z]*|[A-Z]+|v?\d+|[A-Za-z]+\d{1,2})$/.test(piece))) return false;
  // A name in camel case changes between letters and digits once or twice; a random text does so all the time.
  const changes = value.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  return entropy(value) >= 3 && changes >= 3;
}

/** Every secret in a text, in its order: those that are by their form, and random values of names that are secrets'. */
export function secretsIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  /** Which characters a secret has been found in. */
  const taken = new Uint8Array(text.length);
  const take = (kind: string, secret: string | undefined, match: RegExpExecArray) => {
    if (secret === undefined || isPlaceholder(secret)) return;
    const at = match.index + match[0].lastIndexOf(secret);
    if (taken.subarray(at, at + secret.length).includes(1)) return;
    taken.fill(1, at, at + secret.length);
    found.push({ kind, secret, at });
  };
  for (const [kind, pattern] of forms) {
    for (const match of text.matchAll(pattern)) {
      const secret = match.at(-1);
      // Forty characters of one alphabet may be a digest of Git beside a key id.
      if (kind === 'an AWS secret access key' && (secret === undefined || /^[0-9a-f]+$/i.test(secret))) continue;
      take(kind, secret, match);
    }
  }
  for (const pattern of [quoted, bare]) {
    for (const match of text.matchAll(pattern)) {
      const [, name = ''] = match;
      const value = match.at(-1) ?? '';
      if (isSecretName(name) && looksRandom(value)) take('a value of a name that is a secret\u2019s', value, match);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The last word counts: `config.dbPassword` is one, `secretArn` is none. */
function isSecretName(name: string): boolean {
  const last = name.split('.').at(-1) ?? '';
  return secretName.test(last.replaceAll('-', '_')) && !/(?:hash|digest|checksum|fingerprint|public)/i.test(last);
}
