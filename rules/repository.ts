import { type Directive, directive } from './directive';
import { holdsNoCredential } from './requirement';

/** The type of the one resource that `repository-no-credential` is about: the files of this repository. */
export const REPOSITORY_TYPE = 'Repository';

/** Examples are cut in two here, so that the files of this repository hold none. */
const token = `${'glpat'}-Zk3vQ8pLw2Rt7XyB4nMc`;
const text = (Text: string) => ({ Text });

/**
 * What is demanded of a repository, in the words of the directives. The scan looks closer than the requirement can say:
 * `rules/secrets-in-text.ts` has the forms.
 */
export const repositoryDirectives: readonly Directive[] = Object.freeze([
  directive({
    id: 'repository-no-credential',
    title: 'The repository holds no credential',
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'error',
    type: REPOSITORY_TYPE,
    requires: holdsNoCredential('Text'),
    why: 'What was committed once is in every clone and stays in the history: who reads the repository has the secret.',
    remedy:
      'Revoke or change it first. Then let the code fetch it from Secrets Manager, or have a role instead. What is none, such as a test’s, gets a waiver: resource FILE#FINGERPRINT, as it stands in the finding.',
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/hardcoded.html',
    examples: {
      good: [text('const secret = await client.send(command);'), text('https://gitlab.example.com/')],
      bad: [text(`token = "${token}"`), text(`https://app:${'Tr0ub4dor'}@db.internal/`)],
      unknown: [],
    },
  }),
]);
