import { type Directive, directive, type Json, type Properties } from '../directive';
import { each, isCustomerKey, isTrue, when } from '../requirement';
import { at, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const bot = 'AWS::Lex::Bot';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lex';

/** Audio logs under a key of yours, in the conversation log settings at `path`. */
function audioLogsCustomerKey(
  type: string,
  path: string,
  said: Pick<Directive, 'id' | 'title' | 'why' | 'source'>,
): Directive {
  const logs = (key?: Json, enabled: Json = true): Properties =>
    at(path, {
      AudioLogSettings: [
        {
          Enabled: enabled,
          Destination: {
            S3Bucket: {
              LogPrefix: 'audio',
              S3BucketArn: 'arn:aws:s3:::audio',
              ...(key === undefined ? {} : { KmsKeyArn: key }),
            },
          },
        },
      ],
    });
  return directive({
    ...said,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: each(
      `${path}.AudioLogSettings`,
      when(isTrue('Enabled'), isCustomerKey('Destination.S3Bucket.KmsKeyArn')),
    ),
    remedy: 'Set Destination.S3Bucket.KmsKeyArn to your key, and let the role of the bot use it.',
    aliases: [],
    controls: [],
    examples: {
      good: [{}, logs(undefined, false), template(type, logs(keyArn), keyResource)],
      bad: [logs(), logs('alias/aws/s3'), logs(undefined, 'true'), template(type, logs(onlyIf(keyArn)), keyResource)],
      unknown: [logs(imported), logs(undefined, imported), at(path, { AudioLogSettings: imported })],
    },
  });
}

export const botAliasAudioLogs = audioLogsCustomerKey('AWS::Lex::BotAlias', 'ConversationLogSettings', {
  id: 'lex-bot-alias-audio-logs-customer-key',
  title: 'Lex bot aliases log audio under a customer managed key',
  why: 'Audio logs are the voices of callers, with whatever they spell out: names, dates of birth, card numbers.',
  source: `${reference}-botalias.html`,
});
export const botTestAudioLogs = audioLogsCustomerKey(bot, 'TestBotAliasSettings.ConversationLogSettings', {
  id: 'lex-bot-test-audio-logs-customer-key',
  title: 'Lex bots log the audio of their test alias under a customer managed key',
  why: 'What testers say to a bot is often taken from real calls, and lands in the same kind of bucket.',
  source: `${reference}-bot.html`,
});

export const lex = service([botAliasAudioLogs, botTestAudioLogs], {
  [bot]: {
    'BotLocales[].SlotTypes[].ExternalSourceSetting.GrammarSlotTypeSetting.Source.KmsKeyArn':
      'It names the key a grammar in S3 lies under already, so that Lex can read it; the bucket decides whether and how it is encrypted.',
  },
});
