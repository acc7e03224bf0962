/** What a well-known credential looks like, each from its issuer's own words on the format. */
export const credentials: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['an AWS secret access key', /aws_?secret_?access_?key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}/i],
  ['an API key of Amazon Bedrock', /\bABSK[A-Za-z0-9+/]{80}|\bbedrock-api-key-[A-Za-z0-9+/=]{60}/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['a GitHub token', /\b(?:gh[pour]_[A-Za-z0-9]{36}|ghs_[\w.-]{36}|github_pat_[A-Za-z0-9_]{22,})/],
  ['a GitLab token', /\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[\w-]{20}/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{20,}/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}/],
  // Bounded: a long text of what a scheme is made of would else be read anew from each of its characters.
  ['a password in an address', /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"'${}]{1,256}:[^\s/@"'${}]{3,256}@/i],
  // `PASSWORD=$(…)`, `PASSWORD=${X}` and `PASSWORD=<…>` fetch one; a name or an ARN points to one.
  [
    'a password that is assigned',
    /(?:^|[\s;"'&])(?:export\s+)?\w*(?:PASSWORD|PASSWD|API_?KEY|AUTH_?TOKEN|SECRET_?ACCESS_?KEY)\s*=\s*["']?(?!arn:|\{\{)[^\s"'`$<{(;&]{4,}/i,
  ],
];

/** Characters of the shortest text that can match one of them, `a://b:cde@`: most values are shorter. */
export const shortestCredential = 10;

/**
 * Names of secrets, but not of what only points to one or says something about it (`DB_SECRET_ARN`, `TOKEN_URL`,
 * `MAX_TOKENS`, `PASSWORD_MIN_LENGTH`).
 */
export const secretName =
  /^aws_access_key_id$|^(?!.*(arn|name|id|url|uri|path|file|endpoint|host|port|region|prefix|suffix|header|field|type|version|algorithm|issuer|audience|provider|policy|ttl|expir\w*|length|limit|count|timeout|seconds|minutes|hours|days|enabled|required|bucket|table|topic|queue)s?$).*(password|passwd|passphrase|secret(?!s)|token(?!s|iz)|credential|api_?key|private_?key|access_?key)/i;
