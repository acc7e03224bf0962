import { z } from 'zod';
import { LIMITS } from '../../pipeline/reports/notification';

/**
 * The event schema of custom notifications, as AWS documents it, with the lengths we keep to.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html#event-schema
 */
export const customNotification = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  id: z.string().optional(),
  content: z.strictObject({
    textType: z.literal('client-markdown').optional(),
    title: z.string().max(LIMITS.title).optional(),
    description: z.string().min(1).max(LIMITS.description),
    nextSteps: z.array(z.string().max(LIMITS.step)).optional(),
    keywords: z.array(z.string().max(LIMITS.keyword)).optional(),
  }),
  metadata: z
    .strictObject({
      threadId: z.string().optional(),
      summary: z.string().optional(),
      eventType: z.string().optional(),
      relatedResources: z.array(z.string()).optional(),
      additionalContext: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
