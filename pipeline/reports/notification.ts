import type { Directive } from '../../rules/directive';
import type { Verdict } from '../../rules/verdict';
import type { Config } from '../config';
import type { ToolFinding } from '../gate';
import { sortVerdicts } from '../verdict-file';
import { type Directives, fixLines } from './report';

/** A stage of the pipeline that failed, and what stood against it. */
export interface FailedStage {
  /** The pipeline's name. */
  readonly pipeline: string;
  readonly stage: string;
  readonly environment?: string;
  /** What the gate stopped for; empty where the stage failed for another reason. */
  readonly findings: readonly Verdict[];
  readonly toolFindings: readonly ToolFinding[];
  /** The commit, where it is known. */
  readonly commit?: string;
  /** The page of the build, with its log. */
  readonly log?: string;
}

/**
 * A notification as Amazon Q Developer in chat applications renders it; anything else it drops without a word.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export interface CustomNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps: readonly string[];
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources: readonly string[];
  };
}

/** One SNS message. */
export interface Message {
  /** At most 100 ASCII characters. */
  readonly subject: string;
  /** What a chat shows. */
  readonly chat: CustomNotification;
  /** What an e-mail shows. */
  readonly text: string;
}

/**
 * How long the parts may be, in characters: below what the schema takes, because Slack shows no more than 3,000 of a
 * block. SNS takes 256 KiB for everything. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export const LIMITS = { subject: 100, title: 250, description: 2_900, step: 350, keyword: 75, text: 16_000 } as const;
/** What a stage without findings says: it did not come so far, or it judges waivers and leaves no verdicts. */
const UNJUDGED = {
  says: 'failed before there was a verdict',
  why: 'The stage could not be run or judged. The log of the build says why.',
};
const WAIVERS = {
  says: 'said no',
  why: 'A waiver is malformed, has expired or soon will. The log of the build names it, and who answers for it.',
};
/** How many findings are named; the rest are counted. */
const NAMED = 5;

/**
 * The message of a failed stage: each finding with its directive, its resource, its fix and its page, the first few of
 * them. What was found in a property is left out: a message goes further than a log, and a value may be a secret.
 */
export function stageFailed(failed: FailedStage, directives: Directives, pageOf: (one: Directive) => string): Message {
  const { pipeline, stage, environment, toolFindings, commit, log } = failed;
  const findings = sortVerdicts(failed.findings);
  const total = findings.length + toolFindings.length;
  const where = environment === undefined ? stage : `${stage} ${environment}`;
  const { says, why } = stage === 'waivers' ? WAIVERS : UNJUDGED;
  const what = total === 0 ? says : `said no: ${total} finding${total === 1 ? '' : 's'}`;
  const title = `${pipeline}: ${where} ${what}`;
  const named = [
    ...findings.map((verdict) => told(verdict, directives.get(verdict.directive), pageOf)),
    ...toolFindings.map(toldByTool),
  ].slice(0, NAMED);
  const about = commit === undefined ? '' : `commit ${commit}`;
  const steps = [
    ...(log === undefined ? [] : [`Read the log: ${log}`]),
    ...(total === 0 ? [] : ['Mend it, and push: nothing goes on from here until then.']),
  ];
  return asMessage({
    title,
    symbol: ':x: ',
    about,
    chat: total === 0 ? [why] : named.map(({ chat }) => chat),
    plain: total === 0 ? [why] : named.map(({ text }) => text),
    total,
    steps,
    keywords: [pipeline, stage, ...(environment === undefined ? [] : [environment])],
    eventType: 'cipherline-stage-failed',
    resources: findings.slice(0, NAMED).map(({ resource }) => resource.logicalId),
  });
}

/** What a message says. */
export interface MessageParts {
  readonly title: string;
  /** Before the title, in a chat. */
  readonly symbol?: string;
  readonly about: string;
  /** The findings that are named, as a chat shows them and as plain text. */
  readonly chat: readonly string[];
  readonly plain: readonly string[];
  /** How many findings there are, named or not. */
  readonly total: number;
  readonly steps: readonly string[];
  readonly keywords: readonly string[];
  readonly eventType: string;
  readonly resources: readonly string[];
}

/** A message for every kind of subscriber, within what each of them shows. */
export function asMessage({ title, symbol = '', about, chat, plain, total, steps, ...told }: MessageParts): Message {
  return {
    subject: clip(ascii(title), LIMITS.subject),
    chat: {
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: clip(`${symbol}${chatText(title)}`, LIMITS.title),
        description: fitted([chatText(about), ...chat], total, LIMITS.description),
        nextSteps: steps.map((step) => clip(step, LIMITS.step)),
        keywords: told.keywords.map((word) => clip(word, LIMITS.keyword)),
      },
      metadata: {
        summary: clip(title, LIMITS.title),
        eventType: told.eventType,
        relatedResources: [...new Set(told.resources)],
      },
    },
    text: [title, '', fitted([about, ...plain], total, LIMITS.text), '', ...steps].join('\n'),
  };
}

/** The message as SNS takes it, one rendering for each kind of subscriber. */
export function publishInput({ subject, chat, text }: Message): {
  Subject: string;
  Message: string;
  MessageStructure: 'json';
} {
  const custom = JSON.stringify(chat);
  return {
    Subject: subject,
    MessageStructure: 'json',
    // A chat subscribes by HTTPS; what is no e-mail gets what a program can read.
    Message: JSON.stringify({ default: custom, https: custom, email: text }),
  };
}

/** The page of a directive: in the repository where a person can read it there, else the AWS page it rests on. */
export function directivePageOf({ source }: Pick<Config, 'source'>): (directive: Directive) => string {
  return (directive) =>
    source.kind === 'github'
      ? `https://github.com/${source.owner}/${source.repo}/blob/${source.branch}/docs/directives/${directive.id}.md`
      : directive.source;
}

interface Told {
  readonly chat: string;
  readonly text: string;
}

function told(
  { directive: id, resource, verdict }: Verdict,
  directive: Directive | undefined,
  pageOf: (one: Directive) => string,
): Told {
  const { logicalId, type, stack } = resource;
  const title = directive?.title ?? 'a directive this catalogue does not have';
  const kind = verdict === 'fail' ? 'fail' : `${verdict}, which counts as a fail`;
  const fix = fixLines(directive);
  const page = directive && pageOf(directive);
  return {
    chat: [
      `*${id}* (${kind}) on ${chatCode(logicalId)}, ${type} of ${chatText(stack)}`,
      chatText(title),
      ...fix.map((line) => `Fix: ${chatCode(line)}`),
      ...(page === undefined ? [] : [`<${page}|${id}.md>`]),
    ].join('\n'),
    text: [
      `${id} (${kind})`,
      `  on ${logicalId} (${type}) of ${stack}`,
      `  ${title}`,
      ...fix.map((line) => `  fix: ${line}`),
      ...(page === undefined ? [] : [`  ${page}`]),
    ].join('\n'),
  };
}

function toldByTool({ tool, rule, message, logicalId, help }: ToolFinding): Told {
  const on = logicalId === undefined ? '' : ` on ${logicalId}`;
  return {
    chat: [
      `*${tool} ${chatText(rule)}*${logicalId === undefined ? '' : ` on ${chatCode(logicalId)}`}`,
      chatText(message),
      ...(help === undefined ? [] : [help]),
    ].join('\n'),
    text: [`${tool} ${rule}${on}`, `  ${message}`, ...(help === undefined ? [] : [`  ${help}`])].join('\n'),
  };
}

/** As many whole paragraphs as fit, and how many findings more there are. */
function fitted(paragraphs: readonly string[], total: number, limit: number): string {
  const [about = '', ...named] = paragraphs;
  const more = (left: number) => (left > 0 ? `and ${left} more` : '');
  const join = (parts: readonly string[]) => parts.filter((part) => part !== '').join('\n\n');
  for (let shown = named.length; shown > 1; shown -= 1) {
    const text = join([about, ...named.slice(0, shown), more(total - shown)]);
    if (text.length <= limit) return text;
  }
  const rest = more(total - 1);
  return join([about, clip(named[0] ?? '', limit - about.length - rest.length - 4), rest]);
}

const clip = (text: string, limit: number): string => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`);

/** A subject takes printable ASCII only. */
const ascii = (text: string): string => text.replace(/[^ -~]/g, '?');

/** https://docs.slack.dev/messaging/formatting-message-text: three characters are control characters. */
export const chatText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const chatCode = (text: string): string => `\`${chatText(text).replaceAll('`', "'")}\``;
