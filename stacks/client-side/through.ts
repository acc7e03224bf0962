import { addAbortSignal, PassThrough } from 'node:stream';

/**
 * Sends a source through a stream of the Encryption SDK, at the pace of whoever takes what comes out.
 *
 * Not Node's `pipeline`, which destroys every stream when one fails or the signal is aborted: an encrypting stream that is
 * destroyed throws "Premature close" out of the SDK's inner pipeline (5.0.2), where nobody can catch it. Here it is ended,
 * and what it still has to say is let go, which also makes it wipe its data key.
 */
export async function* through(
  source: AsyncIterable<Uint8Array>,
  stream: NodeJS.ReadWriteStream,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const outlet = new PassThrough();
  if (signal) addAbortSignal(signal, outlet);
  stream.on('error', (error) => outlet.destroy(error));
  stream.pipe(outlet);
  const fed = feed(source, stream, outlet).catch((error: unknown) => {
    outlet.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of outlet) yield chunk;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    outlet.destroy();
    stream.unpipe(outlet);
    stream.resume();
    await fed;
  }
}

async function feed(source: AsyncIterable<Uint8Array>, stream: NodeJS.ReadWriteStream, outlet: PassThrough) {
  try {
    for await (const chunk of source) {
      if (outlet.destroyed) return;
      if (!stream.write(chunk)) await drained(stream, outlet);
    }
  } finally {
    stream.end();
  }
}

/** Until the stream takes more, or nobody takes what comes out of it: one that has failed never drains. */
function drained(stream: NodeJS.ReadWriteStream, outlet: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      outlet.off('close', done);
      resolve();
    };
    if (outlet.closed) resolve();
    else {
      stream.on('drain', done);
      outlet.on('close', done);
    }
  });
}
